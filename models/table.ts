import type { Model, ModelStatic } from 'sequelize';
import type { Parameter, Queries, Transaction } from './queries.js';

/** A column that is undefined is left out. */
export type Values<Row> = { [Column in keyof Row]?: Row[Column] | undefined };

/** Reads and writes the rows of one table with prepared SQL, by the columns that its model defines. */
export interface Table<Row extends { id: number | string }> {
  /** The list for SELECT: every column under the name of its attribute. */
  columns: string;
  /** Turns what the driver returns into attributes: databases differ in times and booleans. Changes `row`. */
  revive(row: object): Row;
  /** @returns the row as stored. @throws UniqueViolation */
  insert(transaction: Transaction, values: Values<Row>): Promise<Row>;
  /** The same, but undefined when another row has one of its unique values: the transaction can go on. */
  insertIfFree(transaction: Transaction, values: Values<Row>): Promise<Row | undefined>;
  /** @param lock how the SELECT ends, as `words.forUpdate`. */
  find(queries: Queries, id: number | string, lock?: string): Promise<Row | undefined>;
  /**
   * Writes what differs from the row as it was read in this transaction, with a new `updatedAt` unless one is given.
   *
   * @returns the row as it is now. @throws UniqueViolation
   */
  update(transaction: Transaction, row: Row, changes: Values<Row>): Promise<Row>;
  /** @returns whether there was such a row. */
  remove(transaction: Transaction, id: number | string): Promise<boolean>;
}

/** @param without columns that never leave the database. */
export function tableOf<Row extends { id: number | string }>(
  model: ModelStatic<Model>,
  without: readonly string[] = [],
): Table<Row> {
  const table = model.getTableName() as string;
  const attributes = Object.entries(model.getAttributes()).map(([name, { field = name, type }]) => ({
    name,
    field,
    type: String(type),
  }));
  const fieldOf = new Map(attributes.map(({ name, field }) => [name, field]));
  const read = attributes.filter(({ name }) => !without.includes(name));
  const columns = read.map(({ name, field }) => `${field} AS "${name}"`).join(', ');
  const namesOf = (wanted: string) => read.filter(({ type }) => type.startsWith(wanted)).map(({ name }) => name);
  const times = namesOf('DATETIME').concat(namesOf('TIMESTAMP'));
  const booleans = namesOf('TINYINT').concat(namesOf('BOOLEAN'));
  const timestamps =
    model.options.timestamps === false ? [] : ['createdAt', 'updatedAt'].filter((name) => fieldOf.has(name));
  const byId = `SELECT ${columns} FROM ${table} WHERE id = ?`;

  const revive = (row: object): Row => {
    const values = row as Record<string, unknown>;
    for (const name of times) if (values[name] !== null) values[name] = new Date(values[name] as string);
    for (const name of booleans) values[name] = Boolean(values[name]);
    return row as Row;
  };

  const insertRow = async (transaction: Transaction, values: Values<Row>, onConflict = '') => {
    const now = new Date();
    const row = { ...Object.fromEntries(timestamps.map((name) => [name, now])), ...defined(values) };
    const fields = Object.keys(row).map((name) => fieldOf.get(name));
    const marks = fields.map(() => '?').join(', ');
    const sql = `INSERT INTO ${table} (${fields.join(', ')}) VALUES (${marks}) ${onConflict} RETURNING ${columns}`;
    const [inserted] = await transaction.select<object>(sql, ...(Object.values(row) as Parameter[]));
    return inserted && revive(inserted);
  };

  return {
    columns,
    revive,

    async insert(transaction, values) {
      const inserted = await insertRow(transaction, values);
      if (!inserted) throw new Error(`nothing was inserted into ${table}`);
      return inserted;
    },

    insertIfFree: (transaction, values) => insertRow(transaction, values, 'ON CONFLICT DO NOTHING'),

    async find(queries, id, lock = '') {
      const [row] = await queries.select<object>(`${byId} ${lock}`, id);
      return row && revive(row);
    },

    async update(transaction, row, changes) {
      const values: Record<string, unknown> = Object.fromEntries(
        Object.entries(defined(changes)).filter(([name, value]) => value !== row[name as keyof Row]),
      );
      if (Object.keys(values).length === 0) return row;
      if (timestamps.includes('updatedAt') && !('updatedAt' in changes)) values['updatedAt'] = new Date();
      const sets = Object.keys(values).map((name) => `${fieldOf.get(name)} = ?`);
      const sql = `UPDATE ${table} SET ${sets.join(', ')} WHERE id = ?`;
      await transaction.execute(sql, ...(Object.values(values) as Parameter[]), row.id);
      return { ...row, ...values };
    },

    remove: async (transaction, id) => (await transaction.execute(`DELETE FROM ${table} WHERE id = ?`, id)) > 0,
  };
}

function defined(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

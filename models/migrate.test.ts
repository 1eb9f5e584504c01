import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './index.js';
import { migrate, pendingMigrations } from './migrate.js';
import { migrationsOf } from './migrations/index.js';

const migrations = migrationsOf('sqlite');

let dir: string;
const opened: Database[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-migrate-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  rmSync(dir, { recursive: true });
});
function open(): Database {
  const database = openDatabase(join(dir, 'test.sqlite'));
  opened.push(database);
  return database;
}

const names = migrations.map(({ name }) => name);
const tablesIn = async ({ sequelize }: Database) =>
  (
    await sequelize.query<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", {
      type: QueryTypes.SELECT,
    })
  ).map(({ name }) => name);

const definitionsIn = ({ sequelize }: Database) =>
  sequelize.query<object>('SELECT name, sql FROM sqlite_schema ORDER BY name', { type: QueryTypes.SELECT });

/** Columns that nothing reads any more; they stay for processes of an earlier build that may run beside ours. */
const RETIRED: Record<string, string[]> = { users: ['session_epoch'] };

describe('migrate', () => {
  it('builds a new database, in order', async () => {
    const database = open();

    expect(await pendingMigrations(database.sequelize)).toEqual(names);
    expect(await migrate(database)).toEqual(names);
    expect(await tablesIn(database)).toEqual(expect.arrayContaining(['migrations', 'sessions', 'users']));
  });

  it('does nothing the second time', async () => {
    const database = open();
    await migrate(database);

    expect(await migrate(database)).toEqual([]);
    expect(await migrate(open())).toEqual([]);
    expect(await pendingMigrations(database.sequelize)).toEqual([]);
  });

  it('is done by one of several that start at the same instant', async () => {
    for (let round = 0; round < 3; round += 1) {
      const file = join(dir, `round-${round}.sqlite`);
      // In one process no more than three: the others would fill the threads that the one who migrates needs.
      const databases = Array.from({ length: 3 }, () => openDatabase(file));
      opened.push(...databases);

      const done = await Promise.all(databases.map((database) => migrate(database)));

      expect(done.filter((ran) => ran.length > 0)).toEqual([names]);
    }
  });

  it('builds everything or nothing', async () => {
    const database = open();
    // The last migration cannot make its table, since there is one already.
    await database.sequelize.query('CREATE TABLE sessions (mine INTEGER)');
    await expect(migrate(database)).rejects.toThrow(/0002-sessions/);

    expect(await tablesIn(database)).not.toContain('users');
    expect(await pendingMigrations(database.sequelize)).toEqual(names);

    await database.sequelize.query('DROP TABLE sessions');
    expect(await migrate(database)).toEqual(names);
  });

  it('makes columns for everything the models have, and none besides', async () => {
    const database = open();
    await migrate(database);

    for (const model of Object.values(database.sequelize.models)) {
      const table = model.tableName;
      const columns = await database.engine.read<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`);
      const declared = Object.values(model.getAttributes()).map(({ field = '' }) => field);
      expect(columns.map(({ name }) => name).toSorted()).toEqual([...declared, ...(RETIRED[table] ?? [])].toSorted());
    }
  });

  it('numbers accounts so that no id is ever given twice', async () => {
    const database = open();
    await migrate(database);
    const insert = async (name: string) => {
      const row = { username: name, usernameKey: name, email: name, emailKey: name, passwordHash: 'none' };
      return (await database.models.write((transaction) => database.models.users.insert(transaction, row))).id;
    };
    const first = await insert('first');
    await database.models.write((transaction) => database.models.users.remove(transaction, first));

    expect(await insert('second')).toBeGreaterThan(first);
  });

  it.each(migrations)('$name can be taken back', async ({ down, name }) => {
    const database = open();
    await migrate(database);
    const schema = database.sequelize.getQueryInterface();
    const before = await definitionsIn(database);

    await database.sequelize.transaction((transaction) => down({ schema, transaction }));

    expect(await definitionsIn(database), name).not.toEqual(before);
  });
});

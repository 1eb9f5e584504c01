import { QueryTypes } from 'sequelize';
import type { Database } from '../../models/index.js';

/** Everything that is stored, to compare before and after. */
export async function allRows({ sequelize }: Database): Promise<Record<string, unknown[]>> {
  const read = (table: string) =>
    sequelize.query<object>(`SELECT * FROM ${table} ORDER BY id`, { type: QueryTypes.SELECT });
  return { users: await read('users'), sessions: await read('sessions') };
}

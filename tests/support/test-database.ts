import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import type { DatabaseLocation } from '../../models/index.js';

/** Set while the tests run on PostgreSQL: a migrated database, which others are copied from. */
const template = process.env['TEST_POSTGRES_URL'];
/** The column of `post_search` that names the post. */
export const SEARCHED_POST = template === undefined ? 'rowid' : 'post_id';

/** The statements for a trigger that runs `sql` when the row of this id is deleted. */
export function onDelete(name: string, table: string, id: number, sql: string): string[] {
  if (template === undefined) {
    return [`CREATE TRIGGER ${name} AFTER DELETE ON ${table} WHEN OLD.id = ${id} BEGIN ${sql}; END`];
  }
  return [
    `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${sql}; RETURN NULL; END $$`,
    `CREATE TRIGGER ${name} AFTER DELETE ON ${table} FOR EACH ROW WHEN (OLD.id = ${id}) EXECUTE FUNCTION ${name}()`,
  ];
}

/** The statements that return a row for each thing that is wrong with the database itself. */
export const DAMAGE =
  template === undefined
    ? ['PRAGMA foreign_key_check', "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'"]
    : [];

const created = new Map<string, Promise<string>>();

/** Where an application in this folder has its data: in an SQLite file there, or in a database of its own. */
export async function databaseFor(dataDir: string): Promise<DatabaseLocation> {
  if (template === undefined) return join(dataDir, 'allium.sqlite');
  return { url: await databaseUrl(dataDir, template), versionsFile: join(dataDir, 'postgres') };
}

/** The setting for `databaseFor`, to start an application with. */
export async function databaseSetting(dataDir: string): Promise<Record<string, string>> {
  return template === undefined ? {} : { DATABASE_URL: await databaseUrl(dataDir, template) };
}

function databaseUrl(dataDir: string, from: string): Promise<string> {
  let url = created.get(dataDir);
  if (!url) {
    url = copyOf(from, `test_${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
    created.set(dataDir, url);
  }
  return url;
}

async function copyOf(from: string, name: string): Promise<string> {
  const url = new URL(from);
  const source = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    // Of several at once, PostgreSQL lets one copy a database.
    await client.query("SELECT pg_advisory_lock(hashtextextended('copy', 0))");
    await client.query(`CREATE DATABASE "${name}" TEMPLATE "${source}"`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04') throw error; // another test process has created it
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  return url.href;
}

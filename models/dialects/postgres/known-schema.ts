import { Client } from 'pg';
import { requireKnownMigrations, UnknownSchema } from '../../known-schema.js';

const TABLES = 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()';
const COLUMNS = `SELECT column_name AS name FROM information_schema.columns
  WHERE table_schema = current_schema() AND table_name = 'migrations'`;

/**
 * Reads what an existing database holds before anything changes it.
 *
 * @throws UnknownSchema. @throws the server's errors
 */
export async function requireKnownDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the query in progress fails too
  try {
    await client.connect();
    const tables = await namesIn(client, TABLES);
    if (tables.length === 0) return;
    requireKnownMigrations('postgres', tables, tables.includes('migrations') ? await migrationsIn(client) : []);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Other programs have tables of this name too, with other columns. */
async function migrationsIn(client: Client): Promise<string[]> {
  const columns = await namesIn(client, COLUMNS);
  if (!columns.includes('name')) throw new UnknownSchema('FOREIGN_DATABASE');
  return namesIn(client, 'SELECT name FROM migrations');
}

async function namesIn(client: Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => name);
}

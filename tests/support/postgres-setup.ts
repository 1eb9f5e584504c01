import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../models/index.js';
import { migrate } from '../../models/migrate.js';
import { startPostgresServer } from './postgres-server.js';

/** Before the tests of the project `postgres`: one server for all of them. Each application has a database of its own. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  const url = await server.createDatabase('migrated');
  const dir = mkdtempSync(join(tmpdir(), 'allium-postgres-setup-'));
  const database = openDatabase({ url, versionsFile: join(dir, 'postgres') });
  await migrate(database);
  await database.close();
  rmSync(dir, { recursive: true });
  process.env['TEST_POSTGRES_URL'] = url;
  return server.stop;
}

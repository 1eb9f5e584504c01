import { execFileSync } from 'node:child_process';
import { Client } from 'pg';
import { startPostgresServer } from '../tests/support/postgres-server.js';
import { onCore, ROOT } from './processes.js';
import { databaseIn } from './seed.js';

/** A PostgreSQL server beside the load generator, with a copy of a seeded database for each server under test. */
export async function startPostgres(dataDir: string) {
  const server = await startPostgresServer(onCore(1));
  process.on('exit', () => server.signal('SIGQUIT'));
  const seeded = await server.createDatabase('seeded');
  const args = ['dist/bin/allium.js', 'migrate', '--from', `sqlite:${databaseIn(dataDir)}`, '--to', seeded];
  const { PATH, HOME } = process.env;
  execFileSync(process.execPath, args, { cwd: ROOT, env: { PATH, HOME, DATA_DIR: dataDir }, stdio: 'ignore' });
  const client = new Client({ connectionString: seeded });
  await client.connect();
  await client.query('VACUUM ANALYZE'); // else that would begin at some time during the rounds
  await client.end();
  let count = 0;

  return {
    /** @returns the URL of a database of its own. */
    createDatabase: () => server.createDatabase(`bench-${(count += 1)}`, 'seeded'),
    stop: server.stop,
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../app/config.js';
import { createLogger } from '../../app/logger.js';
import { startServer, type RunningServer } from '../../app/server.js';
import { browser, program, type Client } from './client.js';
import { databaseSetting } from './test-database.js';

export interface TestApp extends RunningServer {
  browser(headers?: Record<string, string>): Client;
  program(headers?: Record<string, string>): Client;
  /** A browser that is signed in as the administrator, who is made on first use. */
  admin(): Promise<Client>;
  /** A browser that has just registered. */
  member(username: string): Promise<Client & { id: number }>;
  dataDir: string;
}

export const PASSWORD = 'correct horse battery';

/**
 * The production server in this process, on a free port, with a database of its own.
 *
 * @param env settings besides the defaults; `DATA_DIR` to share or keep one, which is then not removed.
 * @param write takes each line of the log.
 */
export async function startTestApp(env: Record<string, string> = {}, write?: (line: string) => void): Promise<TestApp> {
  const dataDir = env['DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'allium-test-'));
  const variables = {
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: write ? 'info' : 'silent',
    ...(await databaseSetting(dataDir)),
    ...env,
    DATA_DIR: dataDir,
  };
  const config = loadConfig(variables, { terminal: false, managed: false });
  const log = createLogger(config.log, write && { write });
  const server = await startServer(config, log);
  let administrator: Promise<Client> | undefined;

  return {
    ...server,
    dataDir,
    browser: (headers) => browser(server.url, headers),
    program: (headers) => program(server.url, headers),
    admin: () => (administrator ??= createAdministrator(server)),
    async member(username) {
      const client = browser(server.url);
      const body = { username, email: `${username}@example.com`, password: PASSWORD };
      const answer = await client.post('/api/auth/register', body);
      if (answer.status !== 201) throw new Error(answer.text);
      return { ...client, id: answer.json<{ user: { id: number } }>().user.id };
    },
    async stop() {
      const clean = await server.stop();
      if (!env['DATA_DIR']) rmSync(dataDir, { recursive: true });
      return clean;
    },
  };
}

async function createAdministrator({ url, services }: RunningServer): Promise<Client> {
  const client = browser(url);
  const account = { username: 'admin', email: 'admin@example.com', password: PASSWORD };
  const made = await client.post('/api/setup', { token: services.setup.token, ...account });
  if (made.status === 201) return client;
  const signedIn = await client.post('/api/auth/login', account);
  if (signedIn.status !== 200) throw new Error(signedIn.text);
  return client;
}

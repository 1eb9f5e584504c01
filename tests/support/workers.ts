import { program, type Client } from './client.js';
import type { ServerProcess } from './server-process.js';
import { account, stageDir, stageRedis, stageServer, type STORES } from './stage.js';

/** Two processes with one DATA_DIR, as two workers of one machine are; `env` starts another. */
export interface Workers {
  workers: readonly [ServerProcess, ServerProcess];
  env: Record<string, string>;
}

export async function stageWorkers(
  store: (typeof STORES)[number],
  more: Record<string, string> = {},
): Promise<Workers> {
  const env = { DATA_DIR: stageDir(), ...(store === 'Redis' && { REDIS_URL: (await stageRedis()).url }), ...more };
  const first = await stageServer(env); // alone, so that the others need not wait for its migrations
  return { workers: [first, await stageServer(env)], env };
}

/** A program with a new account, as a client of each of these servers. */
export async function stageProgram(urls: readonly string[], username: string): Promise<Client[]> {
  const answer = await program(urls[0] ?? '').post('/api/auth/register', account(username));
  if (answer.status !== 201) throw new Error(answer.text);
  const { token } = answer.json<{ token: string }>();
  return urls.map((url) => program(url, { Authorization: `Bearer ${token}` }));
}

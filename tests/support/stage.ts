import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { browser, type Client } from './client.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { startServerProcess, type ServerProcess } from './server-process.js';
import { until } from './until.js';

/** What a test sets up here ends with the test, newest first. */

export const PASSWORD = 'correct horse battery';

export function stageDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'allium-stage-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function stageServer(env: Record<string, string>): Promise<ServerProcess> {
  const server = await startServerProcess(env);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  return server;
}

export async function stageRedis(options?: Parameters<typeof startRedisServer>[0]): Promise<RedisServer> {
  const redis = await startRedisServer(options);
  onTestFinished(() => redis.stop());
  return redis;
}

/** The first administrator, made by the link that the server has printed. */
export async function stageAdmin(server: Pick<ServerProcess, 'url' | 'output'>): Promise<Client & { id: number }> {
  const token = await until('a setup link', () => /setup\?token=([\w-]+)/.exec(server.output())?.[1]);
  return signedUp(browser(server.url), '/api/setup', { token, ...account('admin') });
}

/** An account that has just registered. */
export function stageMember(url: string, username: string): Promise<Client & { id: number }> {
  return signedUp(browser(url), '/api/auth/register', account(username));
}

export function account(username: string) {
  return { username, email: `${username}@example.com`, password: PASSWORD };
}

async function signedUp(client: Client, path: string, body: object): Promise<Client & { id: number }> {
  const answer = await client.post(path, body);
  if (answer.status !== 201) throw new Error(answer.text);
  return { ...client, id: answer.json<{ user: { id: number } }>().user.id };
}

/** A browser at this address with the cookies that the client has now. */
export function sameBrowser(client: Pick<Client, 'cookies'>, url: string): Client {
  const other = browser(url);
  for (const [name, value] of client.cookies) other.cookies.set(name, value);
  return other;
}

/** The Cookie header that a client sends. */
export function cookieOf({ cookies }: Pick<Client, 'cookies'>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Both places where sessions live, for `describeWith` and `describe`. */
export const STORES = ['SQLite', 'Redis'] as const;

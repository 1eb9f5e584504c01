import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../tests/support/redis-server.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { StartError } from './start-error.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-server-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Why it did not start. */
async function refusal(env: Record<string, string>): Promise<unknown> {
  const started = await startTestApp({ DATA_DIR: dir, ...env }).catch((error: unknown) => error);
  if (started instanceof Error) return started;
  await (started as TestApp).stop();
  return 'it started';
}

describe('a start that cannot go on', () => {
  it('says that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);

    const error = await refusal({ PORT: port });
    other.close();

    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(new RegExp(`^Port ${port} .*set PORT$`));
  });

  it('says that the database is none, and leaves the file as it is', async () => {
    const file = join(dir, 'broken.sqlite');
    writeFileSync(file, 'this is no database, however long one reads in it. '.repeat(50));

    const error = await refusal({ DATABASE_URL: `sqlite:${file}` });

    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toContain(file);
    expect((error as Error).message).toMatch(/not an SQLite database/);
  });

  it('says that Redis cannot be reached, without showing its password', async () => {
    const port = await freePort();
    const error = await refusal({ REDIS_URL: `redis://user:hunter2@127.0.0.1:${port}` });

    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(/Redis at 127\.0\.0\.1:\d+ cannot be reached/);
    expect((error as Error).message).not.toContain('hunter2');
  });

  it('says that the folder for data is none', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');

    const error = await refusal({ DATA_DIR: file });

    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(/^DATA_DIR /);
  });
});

describe('stop', () => {
  it('answers requests in flight, and accepts no more', async () => {
    const app = await startTestApp({ DATA_DIR: dir });
    const inFlight = app.program().post('/api/auth/login', { username: 'unknown', password: 'wrong password' });
    // A probe that was sent later has been answered, and hashing a password takes longer than that.
    expect((await app.program().get('/livez')).status).toBe(200);

    const stopped = app.stop();

    expect((await inFlight).status).toBe(401);
    expect(await stopped).toBe(true);
    await expect(app.program().get('/health')).rejects.toThrow('fetch failed');
  });

  it('waits for no connection on which nothing happens', async () => {
    const app = await startTestApp({ DATA_DIR: dir });
    const agent = new Agent({ keepAlive: true });
    const { hostname, port } = new URL(app.url);
    const idle = httpRequest({ agent, hostname, port, path: '/health' }).end();
    const [response] = (await once(idle, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    await once(response, 'end');
    const silent = connect(Number(port), hostname);
    await once(silent, 'connect');
    const began = performance.now();

    expect(await app.stop()).toBe(true);

    expect(performance.now() - began).toBeLessThan(5_000);
    silent.destroy();
    agent.destroy();
  });

  it('may be asked for twice', async () => {
    const app = await startTestApp({ DATA_DIR: dir });

    expect(await Promise.all([app.stop(), app.stop()])).toEqual([true, true]);
  });

  it('leaves the data for the next start', async () => {
    const first = await startTestApp({ DATA_DIR: dir });
    const ada = await first.member('ada');
    await first.stop();
    const second = await startTestApp({ DATA_DIR: dir });
    const again = second.browser();
    for (const [name, value] of ada.cookies) again.cookies.set(name, value);

    expect((await again.get('/api/auth/me')).status).toBe(200);
    await second.stop();
  });
});

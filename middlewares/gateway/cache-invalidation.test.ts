import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ResponseCache } from '../../services/upstreams/response-cache/response-cache.js';
import type { Client } from '../../tests/support/client.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, writeUpstreams } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

/** An upstream that reads its value when a request arrives, and answers requests for `/held` once they are released. */
let upstream: Server;
let dir: string;
let file: string;
let app: TestApp;
let client: Client;
let value = 0;
let status = 200;
const held: (() => void)[] = [];

const declared = () => {
  const instances = [`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`];
  const open = { instances, allow: EVERYTHING, cache: { seconds: 60 } };
  return {
    shared: open,
    mine: { ...open, token: 'user' },
    either: { ...open, token: 'user-or-none' },
    brief: { ...open, cache: { seconds: 0.01, staleIfErrorSeconds: 60 }, retries: { attempts: 0 } },
  };
};
beforeAll(async () => {
  upstream = createServer((req, res) => {
    if (req.method !== 'GET') value += 1;
    const answer = answerOf(value, status, res);
    if (new RegExp(`held=${req.method}`).test(req.url ?? '')) held.push(answer);
    else answer();
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  dir = mkdtempSync(join(tmpdir(), 'allium-writes-'));
  file = join(dir, 'upstreams.json');
  writeUpstreams(file, declared());
  app = await startTestApp({ UPSTREAMS_FILE: file });
  client = app.program();
});
afterAll(async () => {
  await app.stop();
  upstream.closeAllConnections();
  upstream.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  status = 200;
  held.length = 0;
});

function answerOf(read: number, code: number, res: ServerResponse): () => void {
  return () => {
    const body = JSON.stringify({ value: read });
    res.writeHead(code, { 'Content-Length': body.length, Vary: 'Accept-Language', 'Cache-Control': 'max-age=60' });
    res.end(body);
  };
}
const SINK = { write: () => true, drained: () => {}, end: () => {}, fail: () => {} };
const held1 = () => until('it is held', () => held.length === 1);
const read = async (path: string, reader = client, headers: Record<string, string> = {}) => {
  const answer = await reader.get(path, headers);
  return [answer.json<{ value: number }>().value, answer.headers.get('X-Cache')];
};

it('a cached response is invalidated by a write for every account and for anonymous callers', async () => {
  const path = '/gw/either/g';
  const readers = [await app.member('first'), await app.member('second'), client];
  const readAll = async () => {
    const answers = [];
    for (const reader of readers) answers.push(await read(path, reader));
    return answers;
  };
  await readAll();
  expect(await readAll()).toEqual(readers.map(() => [value, 'hit']));
  expect((await readers[0]?.put(path, {}))?.status).toBe(200);

  expect(await readAll()).toEqual(readers.map(() => [value, 'miss']));
  expect(await readAll()).toEqual(readers.map(() => [value, 'hit']));
});

describe('a response that was requested before a write', () => {
  it.each([
    ['shared', ['en']],
    ['shared', ['en', 'zh']],
    ['mine', ['en']],
  ])('is not stored after it: %s, in %j', async (name, languages) => {
    const path = `/gw/${name}/a?held=GET&${languages.join('')}`;
    const reader = name === 'mine' ? await app.member('writer') : client;
    const readEach = () => languages.map((language) => read(path, reader, { 'Accept-Language': language }));
    const answerEach = async (reads: ReturnType<typeof readEach>) => {
      await until('they are held', () => held.length === languages.length);
      held.splice(0).forEach((answer) => answer());
      return Promise.all(reads);
    };
    const early = readEach();
    await until('they are held', () => held.length === languages.length);
    expect((await reader.put(path, {})).status).toBe(200);
    expect(await answerEach(early)).toEqual(languages.map(() => [value - 1, 'miss']));

    expect(await answerEach(readEach())).toEqual(languages.map(() => [value, 'miss']));
    expect(await Promise.all(readEach())).toEqual(languages.map(() => [value, 'hit']));
  });

  it('is not stored for other accounts and anonymous callers, either', async () => {
    const path = '/gw/either/f?held=GET';
    const [writer, other] = [await app.member('owner'), await app.member('other')];
    const early = [other, client].map((reader) => read(path, reader));
    await until('they are held', () => held.length === 2);
    expect((await writer.put(path, {})).status).toBe(200);
    held.splice(0).forEach((answer) => answer());
    expect(await Promise.all(early)).toEqual([other, client].map(() => [value - 1, 'miss']));

    const late = [other, client].map((reader) => read(path, reader));
    await until('they are held', () => held.length === 2);
    held.splice(0).forEach((answer) => answer());
    expect(await Promise.all(late)).toEqual([other, client].map(() => [value, 'miss']));
  });

  it('is not stored while the write is in flight, either', async () => {
    const path = '/gw/shared/b?held=PUT';
    const writing = client.put(path, {});
    await held1();
    value -= 1; // the upstream has not committed it yet
    await read(path);
    value += 1;
    held[0]?.();
    await writing;
    expect(await read(path)).toEqual([value, 'miss']);
  });

  it('is stored when the write was to another path, or was refused', async () => {
    const early = read('/gw/shared/c?held=GET');
    await held1();
    await client.put('/gw/shared/other', {});
    status = 409;
    await client.put('/gw/shared/c?held=GET', {});
    status = 200;
    held[0]?.();
    await early;
    expect((await read('/gw/shared/c?held=GET'))[1]).toBe('hit');
  });

  it('is not stored after more writes to other paths than are listed, either', () => {
    const cache = new ResponseCache({ seconds: 60, staleIfErrorSeconds: 0 });
    const keyOf = (path: string) => ({ path, headers: [], userId: undefined, epoch: cache.epoch });
    const [written, untouched] = [keyOf('/written'), keyOf('/untouched')];
    for (let time = 0; time <= 1_000; time += 1) cache.invalidate(time === 0 ? '/written' : `/${time}`);
    const late = keyOf('/late');
    for (const key of [written, untouched, late]) cache.recording(key, {}, SINK).end(undefined, undefined);
    expect([written, untouched, late].map((key) => cache.find(key) !== undefined)).toEqual([false, false, true]);
  });

  it('is not sent as a stale response after the write', async () => {
    const path = '/gw/brief/d?held=GET';
    const first = read(path);
    await held1();
    held[0]?.();
    await first;
    const storedAt = performance.now();
    await until('it is stale', () => performance.now() - storedAt > 20);
    status = 500;
    const failing = client.get(path);
    await until('it is requested again', () => held.length === 2);
    status = 200;
    await client.put(path, {});
    held[1]?.();
    expect((await failing).status).toBe(500);
  });

  it('is not sent after a reload of the file of upstreams, either', async () => {
    const path = '/gw/shared/e?held=PUT';
    const writing = client.put(path, {});
    await held1();
    const before = app.services.gateway.find('shared');
    writeUpstreams(file, { ...declared(), shared: { ...declared().shared, cache: { seconds: 59 } } });
    await until('it is read again', () => app.services.gateway.find('shared') !== before);
    value -= 1;
    await read(path);
    value += 1;
    held[0]?.();
    await writing;
    expect(await read(path)).toEqual([value, 'miss']);
  });
});

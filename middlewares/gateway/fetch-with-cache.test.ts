import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let dir: string;
let upstream: UpstreamProcess;
let app: TestApp;
let client: Client;
const logged: string[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-cached-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  const open = { instances: [upstream.url], allow: EVERYTHING };
  writeUpstreams(file, {
    cached: { ...open, cache: { seconds: 60, staleIfErrorSeconds: 60 } },
    brief: { ...open, cache: { seconds: 0.05, staleIfErrorSeconds: 60 } },
    never: { ...open, cache: { seconds: 0.05 } },
    service: { ...open, token: 'service', cache: { seconds: 60 } },
    plain: open,
    mine: { ...open, token: 'user-or-none', cache: { seconds: 60 } },
  });
  app = await startTestApp({ UPSTREAMS_FILE: file }, (line) => logged.push(line));
  client = app.program();
});
afterAll(async () => {
  await app.stop();
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

let readers = 0;
const seen = async (path: string, headers: Record<string, string> = {}, reader = client) => {
  const answer = await reader.get(path, headers);
  return [answer.json<{ seen: number }>().seen, answer.headers.get('X-Cache')];
};

it('needs no warning at the start, with any kind of token', () => {
  expect(logged.join('')).toContain('listening at');
  expect(logged.filter((line) => line.includes('"upstream":"mine"'))).toEqual([]);
});

describe('a cacheable response', () => {
  it('is sent from the cache with its age, and is a 304 for a client that has it', async () => {
    const [first] = await seen('/gw/cached/counted?a');
    expect(await seen('/gw/cached/counted?a')).toEqual([first, 'hit']);
    expect((await seen('/gw/cached/counted?b'))[1]).toBe('miss');
    const { headers } = await client.get('/gw/cached/counted?a');
    expect(headers.get('Age')).toMatch(/^\d$/);
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    const condition = { 'If-None-Match': headers.get('ETag') ?? '', 'Cache-Control': 'max-age=0' };
    expect((await client.get('/gw/cached/counted?a', condition)).status).toBe(304);
  });

  it('is cached for each combination of the headers that Vary names', async () => {
    const [english] = await seen('/gw/cached/counted?vary', { 'Accept-Language': 'en' });
    const [chinese, how] = await seen('/gw/cached/counted?vary', { 'Accept-Language': 'zh' });
    expect([how, chinese === english]).toEqual(['miss', false]);
    expect(await seen('/gw/cached/counted?vary', { 'Accept-Language': 'en' })).toEqual([english, 'hit']);
  });

  it('is cached for one account if the account’s token was sent along, and may then be private', async () => {
    const people = [await app.member('ada'), await app.member('grace'), client];
    for (const path of ['/gw/mine/counted?whose', '/gw/mine/private?whose']) {
      const answers = [];
      for (const person of people) answers.push((await person.get(path)).json<{ seen: number }>().seen);
      expect(new Set(answers).size).toBe(3);
      for (const [index, person] of people.slice(0, 2).entries()) {
        const again = await person.get(path);
        expect([again.json<{ seen: number }>().seen, again.headers.get('X-Cache')]).toEqual([answers[index], 'hit']);
        expect(again.headers.get('Cache-Control')).toMatch(/private|no-store/);
      }
    }
  });

  it('has the age that it declares', async () => {
    await client.get('/gw/cached/saying?age=40&cache-control=max-age%3D60');
    const { headers } = await client.get('/gw/cached/saying?age=40&cache-control=max-age%3D60');
    expect(headers.get('X-Cache')).toBe('hit');
    expect(Number(headers.get('Age'))).toBeGreaterThanOrEqual(40);
  });

  it.each([
    ['cached', { age: '60', 'cache-control': 'max-age=60' }],
    ['cached', { date: 'Fri, 20 Nov 2020 00:00:00 GMT', 'cache-control': 'max-age=60' }],
    ['cached', { expires: '0' }],
    ['cached', { 'cache-control': 'max-age=-1' }],
    ['cached', { 'cache-control': 'max-age=60, s-maxage=0' }],
    ['mine', { 'cache-control': 'private, max-age=0, s-maxage=60' }],
  ])('is not fresh at /gw/%s with %j', async (upstream, said) => {
    const path = `/gw/${upstream}/saying?${new URLSearchParams(said as Record<string, string>).toString()}`;
    const reader = await app.member(`reader${(readers += 1)}`);
    for (let time = 0; time < 2; time += 1) expect((await reader.get(path)).headers.get('X-Cache')).toBe('miss');
  });

  it('is invalidated by a write of the same client', async () => {
    for (const reader of [client, await app.member('writer')]) {
      for (const upstream of ['cached', 'mine']) {
        const [first] = await seen(`/gw/${upstream}/counted?changed`, {}, reader);
        await reader.post(`/gw/${upstream}/counted?changed`);
        expect((await seen(`/gw/${upstream}/counted?changed`, {}, reader))[0]).not.toBe(first);
      }
    }
  });

  it('is invalidated in every variant', async () => {
    const path = '/gw/cached/counted?vary&forms';
    const [before] = await seen(path, { 'Accept-Language': 'zh' });
    await client.post(path);
    await seen(path, { 'Accept-Language': 'en' });

    const [after, how] = await seen(path, { 'Accept-Language': 'zh' });
    expect([how, after === before]).toEqual(['miss', false]);
  });

  it('is cached only if it is public, complete, and the declaration has a cache', async () => {
    for (const path of ['/gw/cached/private', '/gw/plain/counted', '/gw/mine/private']) {
      const [first] = await seen(path);
      expect((await seen(path))[0]).not.toBe(first);
    }
    for (const path of ['/gw/cached/headers', '/gw/cached/saying?cache-control=Private%2C+Max-Age%3D60']) {
      for (let time = 0; time < 2; time += 1) expect((await client.get(path)).headers.get('X-Cache')).toBe('miss');
    }
    await expect(client.get('/gw/cached/cut')).rejects.toThrow('terminated');
    await expect(client.get('/gw/cached/cut')).rejects.toThrow('terminated');
    expect((await client.get('/gw/cached/range', { Range: 'bytes=0-3' })).status).toBe(206);
    expect((await client.post('/gw/cached/counted?a')).headers.get('X-Cache')).toBeNull();
  });

  it('is sent stale while the upstream fails, if that is declared', async () => {
    const [first] = await seen('/gw/brief/counted');
    await seen('/gw/never/counted');
    const [again] = await until('it is no longer fresh', async () => {
      const [value, how] = await seen('/gw/brief/counted');
      return how === 'miss' && [value];
    });
    expect(again).not.toBe(first);
    await upstream.stop();

    const stale = await until('it is old', async () => {
      const answer = await client.get('/gw/brief/counted');
      return answer.headers.get('X-Cache') === 'stale' && answer;
    });
    expect([stale.status, stale.json()]).toMatchObject([200, { seen: again }]);
    expect((await client.get('/gw/brief/other')).status).toBe(502);
    await until('it is no longer sent', async () => (await client.get('/gw/never/counted')).status >= 502);
  });
});

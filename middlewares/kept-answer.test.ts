import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../tests/support/client.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../tests/support/upstream.js';
import { until } from '../tests/support/until.js';

let dir: string;
let upstream: UpstreamProcess;
let app: TestApp;
let client: Client;
const logged: string[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-kept-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  const open = { instances: [upstream.url], allow: EVERYTHING };
  writeUpstreams(file, {
    kept: { ...open, cache: { seconds: 60, staleIfErrorSeconds: 60 } },
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

it('needs no warning at the start, whatever token goes along', () => {
  expect(logged.join('')).toContain('listening at');
  expect(logged.filter((line) => line.includes('"upstream":"mine"'))).toEqual([]);
});

describe('an answer that may be kept', () => {
  it('is given again, with its age, and is not sent to whoever has it', async () => {
    const [first] = await seen('/gw/kept/counted?a');
    expect(await seen('/gw/kept/counted?a')).toEqual([first, 'hit']);
    expect((await seen('/gw/kept/counted?b'))[1]).toBe('miss');
    const { headers } = await client.get('/gw/kept/counted?a');
    expect(headers.get('Age')).toMatch(/^\d$/);
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    const condition = { 'If-None-Match': headers.get('ETag') ?? '', 'Cache-Control': 'max-age=0' };
    expect((await client.get('/gw/kept/counted?a', condition)).status).toBe(304);
  });

  it('is another one for whoever it depends on', async () => {
    const [english] = await seen('/gw/kept/counted?vary', { 'Accept-Language': 'en' });
    const [chinese, how] = await seen('/gw/kept/counted?vary', { 'Accept-Language': 'zh' });
    expect([how, chinese === english]).toEqual(['miss', false]);
    expect(await seen('/gw/kept/counted?vary', { 'Accept-Language': 'en' })).toEqual([english, 'hit']);
  });

  it('is one account’s own where that one’s token goes along, and may be private then', async () => {
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

  it('is as old as it says it is', async () => {
    await client.get('/gw/kept/saying?age=40&cache-control=max-age%3D60');
    const { headers } = await client.get('/gw/kept/saying?age=40&cache-control=max-age%3D60');
    expect(headers.get('X-Cache')).toBe('hit');
    expect(Number(headers.get('Age'))).toBeGreaterThanOrEqual(40);
  });

  it.each([
    ['kept', { age: '60', 'cache-control': 'max-age=60' }],
    ['kept', { date: 'Fri, 20 Nov 2020 00:00:00 GMT', 'cache-control': 'max-age=60' }],
    ['kept', { expires: '0' }],
    ['kept', { 'cache-control': 'max-age=-1' }],
    ['kept', { 'cache-control': 'max-age=60, s-maxage=0' }],
    ['mine', { 'cache-control': 'private, max-age=0, s-maxage=60' }],
  ])('is no longer fresh at /gw/%s when it says %j', async (upstream, said) => {
    const path = `/gw/${upstream}/saying?${new URLSearchParams(said as Record<string, string>).toString()}`;
    const reader = await app.member(`reader${(readers += 1)}`);
    for (let time = 0; time < 2; time += 1) expect((await reader.get(path)).headers.get('X-Cache')).toBe('miss');
  });

  it('is forgotten when its reader changes what is there', async () => {
    for (const reader of [client, await app.member('writer')]) {
      for (const upstream of ['kept', 'mine']) {
        const [first] = await seen(`/gw/${upstream}/counted?changed`, {}, reader);
        await reader.post(`/gw/${upstream}/counted?changed`);
        expect((await seen(`/gw/${upstream}/counted?changed`, {}, reader))[0]).not.toBe(first);
      }
    }
  });

  it('is forgotten then in every form that it had', async () => {
    const path = '/gw/kept/counted?vary&forms';
    const [before] = await seen(path, { 'Accept-Language': 'zh' });
    await client.post(path);
    await seen(path, { 'Accept-Language': 'en' });

    const [after, how] = await seen(path, { 'Accept-Language': 'zh' });
    expect([how, after === before]).toEqual(['miss', false]);
  });

  it('is kept only if it is for everybody, whole, and its declaration says so', async () => {
    for (const path of ['/gw/kept/private', '/gw/plain/counted', '/gw/mine/private']) {
      const [first] = await seen(path);
      expect((await seen(path))[0]).not.toBe(first);
    }
    expect((await client.get('/gw/kept/headers')).headers.get('X-Cache')).toBe('miss');
    expect((await client.get('/gw/kept/headers')).headers.get('X-Cache')).toBe('miss'); // sets cookies
    await expect(client.get('/gw/kept/cut')).rejects.toThrow('terminated');
    await expect(client.get('/gw/kept/cut')).rejects.toThrow('terminated');
    expect((await client.get('/gw/kept/range', { Range: 'bytes=0-3' })).status).toBe(206);
    expect((await client.post('/gw/kept/counted?a')).headers.get('X-Cache')).toBeNull();
  });

  it('stands in for one that cannot be had, where that is declared', async () => {
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
    await until('it is no longer given', async () => (await client.get('/gw/never/counted')).status >= 502);
  });
});

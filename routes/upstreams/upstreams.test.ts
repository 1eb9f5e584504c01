import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let dir: string;
let file: string;
let upstream: UpstreamProcess;
let app: TestApp;
const lines: string[] = [];
const allow = [{ methods: ['GET'], paths: ['/*', '/items'] }];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-upstreams-'));
  file = join(dir, 'upstreams.json');
  upstream = await startUpstream();
  const open = { instances: [upstream.url], allow };
  writeUpstreams(file, {
    catalog: open,
    mine: { ...open, token: 'user', home: '/mine?limit=1' },
    quiet: { ...open, home: false },
    away: { instances: ['http://127.0.0.1:1', { url: 'http://127.0.0.1:2', down: true }], allow },
    slow: { ...open, home: '/wait?ms=20000' },
    odd: { ...open, home: '/range' },
    vast: { ...open, home: '/bytes?n=10000000' },
  });
  app = await startTestApp({ UPSTREAMS_FILE: file, METRICS_TOKEN: 'm'.repeat(16) }, (line) => lines.push(line));
});
afterAll(async () => {
  await app.stop();
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

describe('GET /api/bff/home', () => {
  it('returns the parts that arrived in time, and names the missing ones', async () => {
    const ada = await app.member('ada');
    await writePost(ada, { title: 'Hello' });
    const startedAt = performance.now();
    const answer = await app.program().get('/api/bff/home');

    expect(answer.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(answer.json()).toEqual({
      posts: [expect.objectContaining({ title: 'Hello' })],
      stats: { posts: 1, categories: expect.any(Number), views: 0 },
      upstreams: { catalog: expect.objectContaining({ name: 'one', url: '/items' }) },
      partial: true,
      missing: ['away', 'odd', 'slow', 'vast'],
    });
  });

  it('asks on behalf of the signed-in user', async () => {
    const bea = await app.member('bea');
    const { upstreams } = (await bea.get('/api/bff/home')).json<{ upstreams: Record<string, object> }>();

    expect(upstreams['mine']).toMatchObject({
      url: '/mine?limit=1',
      authorization: expect.stringMatching(/^Bearer ey/),
    });
    expect(upstreams['catalog']).toMatchObject({ authorization: null, cookie: null });
  });
});

describe('GET /api/admin/upstreams', () => {
  it('is for administrators', async () => {
    expect((await app.program().get('/api/admin/upstreams')).status).toBe(401);
    expect((await (await app.member('cleo')).get('/api/admin/upstreams')).status).toBe(403);
  });

  it('shows each instance with its state and its last errors', async () => {
    await app.program().get('/gw/catalog/echo');
    const { upstreams } = (await (await app.admin()).get('/api/admin/upstreams')).json<{
      upstreams: { name: string }[];
    }>();

    expect(upstreams.map(({ name }) => name)).toEqual(['catalog', 'mine', 'quiet', 'away', 'slow', 'odd', 'vast']);
    expect(upstreams[0]).toMatchObject({
      state: 'up',
      breaker: 'closed',
      inFlight: 0,
      instances: [
        {
          address: upstream.url,
          state: 'up',
          inFlight: 0,
          p50Ms: expect.any(Number),
          p99Ms: expect.any(Number),
          errors: [],
        },
      ],
    });
    expect(upstreams[3]).toMatchObject({
      instances: [
        {
          p50Ms: null,
          errors: expect.arrayContaining([{ at: expect.any(String), reason: expect.stringContaining('ECONNREFUSED') }]),
        },
        { state: 'disabled', requests: 0 },
      ],
    });
  });

  it('has the same as metrics', async () => {
    const { text } = await app.program().get('/metrics', { Authorization: `Bearer ${'m'.repeat(16)}` });
    expect(text).toMatch(
      new RegExp(`upstream_requests_total\\{upstream="catalog",instance="${upstream.url}"\\} [1-9]`),
    );
    expect(text).toContain(`upstream_in_flight{upstream="catalog",instance="${upstream.url}"} 0`);
  });
});

describe('the file of upstreams', () => {
  it('is read again when it changes, while requests in flight end as they began', async () => {
    const waiting = app.program().get('/gw/catalog/wait?ms=600');
    await until('it is in flight', () => app.services.gateway.find('catalog')?.inFlight === 1);
    writeUpstreams(file, { renamed: { instances: [upstream.url], allow: EVERYTHING } });

    await until('the new one is there', async () => (await app.program().get('/gw/renamed/echo')).status === 200);
    expect((await app.program().get('/gw/catalog/echo')).status).toBe(404);
    expect((await waiting).status).toBe(200);
  });

  it('changes nothing and names every mistake when it is bad', async () => {
    writeUpstreams(file, { bad: { instances: ['nowhere'], allow: [], surprise: 1 } });
    const line = await until('it is logged', () => lines.find((each) => each.includes('surprise')));

    for (const place of ['upstreams.bad.instances[0]', 'upstreams.bad.allow', 'upstreams.bad.surprise']) {
      expect(line).toContain(place);
    }
    expect((await app.program().get('/gw/renamed/echo')).status).toBe(200);
  });

  it('changes nothing while it is empty, as between the two steps of a writer', async () => {
    writeFileSync(file, '');
    await app.reload();
    expect((await app.program().get('/gw/renamed/echo')).status).toBe(200);
    expect(lines.some((line) => line.includes('not JSON'))).toBe(true);
    writeUpstreams(file, { bad: { instances: ['nowhere'], allow: [], surprise: 1 } });
  });

  it('stops the start when it is bad or missing', async () => {
    await expect(startTestApp({ UPSTREAMS_FILE: file })).rejects.toThrow(/upstreams\.bad\.surprise: no such setting/);
    await expect(startTestApp({ UPSTREAMS_FILE: join(dir, 'none.json') })).rejects.toThrow(/there is no such file/);
  });
});

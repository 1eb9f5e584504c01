import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

const METRICS_TOKEN = 'a-token-for-the-metrics';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ METRICS_TOKEN });
});
afterAll(() => app.stop());

describe.each(['/health', '/livez', '/readyz'])('GET %s', (path) => {
  it('returns status, timestamp and uptime', async () => {
    const answer = await app.program().get(path);
    const { timestamp, uptime } = answer.json<{ timestamp: string; uptime: number }>();

    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ status: 'OK' });
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
    expect(Math.abs(Date.now() - Date.parse(timestamp))).toBeLessThan(5_000);
    expect(uptime).toBeGreaterThan(0);
  });

  it('answers HEAD alike, and refuses other methods', async () => {
    expect((await app.program().request('HEAD', path)).status).toBe(200);
    const answer = await app.program().post(path, {});

    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('GET, HEAD');
    expect(answer.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('reads no cookie', async () => {
    expect((await app.browser({ Cookie: 'sid=forged' }).get(path)).status).toBe(200);
  });
});

describe('GET /readyz', () => {
  it('returns 503 without the database, while /livez returns 200', async () => {
    const broken = await startTestApp();
    await broken.database.close();

    const answer = await broken.program().get('/readyz');

    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'unavailable' });
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await broken.program().get('/livez')).status).toBe(200);
    await broken.stop();
  });

  it('answers 503 while the server drains, and requests are answered on connections that close', async () => {
    const draining = await startTestApp({ DRAIN_SECONDS: '1' });
    const stopped = draining.stop();

    const ready = await draining.program().get('/readyz');
    const page = await draining.program().get('/api/nowhere');

    expect(ready.status).toBe(503);
    expect(page.status).toBe(404);
    expect(page.headers.get('Connection')).toBe('close');
    expect(await stopped).toBe(true);
  });
});

describe('GET /metrics', () => {
  const metrics = (authorization: string) => app.program().get('/metrics', { Authorization: authorization });

  it('shows figures to callers with the token', async () => {
    await app.program().get('/api/users/1?name=private-name');
    const answer = await metrics(`Bearer ${METRICS_TOKEN}`);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/plain/);
    expect(answer.text).toContain('process_cpu_seconds_total');
    await vi.waitFor(async () =>
      expect((await metrics(`Bearer ${METRICS_TOKEN}`)).text).toMatch(
        /http_request_duration_seconds_count\{method="GET",route="\/api\/users\/:id",status="404"\} 1/,
      ),
    );
    expect(answer.text).not.toContain('private-name');
  });

  it.each(['', 'Bearer', 'Bearer wrong', METRICS_TOKEN, `Bearer ${METRICS_TOKEN}x`, `Basic ${METRICS_TOKEN}`])(
    'answers 401 to %j',
    async (authorization) => {
      const answer = await metrics(authorization);

      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ code: 'not_signed_in' });
      expect(answer.text).not.toContain('process_cpu');
    },
  );

  it('is a 404 while METRICS_TOKEN is not set', async () => {
    const plain = await startTestApp();

    expect((await plain.program().get('/metrics')).status).toBe(404);
    await plain.stop();
  });

  it('has no label for unknown paths', async () => {
    for (let index = 0; index < 20; index += 1) await app.program().get(`/made-up-${index}`);

    expect((await metrics(`Bearer ${METRICS_TOKEN}`)).text).not.toContain('made-up');
  });
});

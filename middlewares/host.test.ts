import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
let named: TestApp;
let proxied: TestApp;
const logged: string[] = [];
beforeAll(async () => {
  [app, named, proxied] = await Promise.all([
    startTestApp({}, (line) => void logged.push(line)),
    startTestApp({ PUBLIC_URL: 'https://example.com' }),
    startTestApp({ PUBLIC_URL: 'http://example.com:8080', TRUST_PROXY_HOPS: '1' }),
  ]);
});
afterAll(() => Promise.all([app.stop(), named.stop(), proxied.stop()]));

async function statusOf({ url }: TestApp, host: string | undefined, target = '/api/tags', more = ''): Promise<number> {
  const line = host === undefined ? '' : `Host: ${host}\r\n`;
  const answer = await rawRequest(url, `GET ${target} HTTP/1.1\r\n${line}${more}Connection: close\r\n\r\n`);
  return Number(answer.split(' ')[1]);
}
const portOf = ({ url }: TestApp) => new URL(url).port;

const UNKNOWN_HOSTS = [
  'evil.example',
  'localhost.evil.example',
  'evil.example:80',
  'localhost@evil.example',
  'localhost:1',
  'localhost, evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.2',
  '0x7f.0.0.1',
  '[::2]',
  'example.com.',
  'example.com:444',
  'user@example.com',
  '',
];

describe('a request by an unknown host name', () => {
  it.each(UNKNOWN_HOSTS)('%j is refused', async (host) => {
    expect([await statusOf(app, host), await statusOf(named, host), await statusOf(proxied, host)]).toEqual([
      400, 400, 400,
    ]);
  });

  it.each(['/', '/api/auth/me', '/api/docs', '/favicon.svg', '/uploads/x', '/nowhere'])(
    'is refused at %s, whatever is there',
    async (target) => {
      expect(await statusOf(app, 'evil.example', target)).toBe(400);
    },
  );

  it('says so in the form of every error, and the log says what to do', async () => {
    const answer = await rawRequest(
      app.url,
      'GET /api/tags HTTP/1.1\r\nHost: evil.example\r\nAccept-Language: zh-CN\r\nConnection: close\r\n\r\n',
    );

    expect(answer).toMatch(/^X-Content-Type-Options: nosniff\r$/im);
    expect(answer).toContain('"code":"wrong_host"');
    expect(answer).toContain('未知的域名');
    expect(logged.join('')).toMatch(/"host":"evil.example".*set PUBLIC_URL/);
  });

  it('still reaches the probes: load balancers ask by address', async () => {
    for (const target of ['/health', '/livez', '/readyz'])
      expect(await statusOf(named, '10.0.0.7:3000', target)).toBe(200);
  });

  it('is refused when the request line names it, or when the line and the header differ', async () => {
    const port = portOf(app);
    expect(await statusOf(app, `localhost:${port}`, 'http://evil.example/api/tags')).toBe(400);
    expect(await statusOf(app, 'evil.example', `http://localhost:${port}/api/tags`)).toBe(400);
    expect(await statusOf(app, `localhost:${port}`, `http://localhost:${port}/api/tags`)).toBe(200);
  });
});

describe('our own names', () => {
  it('are this machine’s with the listening port while PUBLIC_URL is not set', async () => {
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'LocalHost']) {
      expect(await statusOf(app, `${name}:${portOf(app)}`), name).toBe(200);
    }
  });

  it('are the host of PUBLIC_URL, with or without the default port', async () => {
    for (const name of ['example.com', 'EXAMPLE.com', 'example.com:443']) {
      expect(await statusOf(named, name), name).toBe(200);
    }
    expect(await statusOf(named, 'example.com:80')).toBe(400);
    expect(await statusOf(proxied, 'example.com:8080')).toBe(200);
    expect(await statusOf(proxied, 'example.com')).toBe(400);
  });

  it('include this machine’s for requests from it', async () => {
    expect(await statusOf(named, `127.0.0.1:${portOf(named)}`)).toBe(200);
  });
});

describe('X-Forwarded-Host', () => {
  it('is ignored, also behind a trusted proxy', async () => {
    const claim = 'X-Forwarded-Host: evil.example\r\n';
    expect(await statusOf(proxied, 'example.com:8080', '/api/tags', claim)).toBe(200);
    expect(await statusOf(proxied, 'evil.example', '/api/tags', 'X-Forwarded-Host: example.com:8080\r\n')).toBe(400);
  });

  it('changes no address that the page of the API shows', async () => {
    const page = await proxied.program().get('/api/docs', { 'X-Forwarded-Host': 'evil.example' });

    expect(page.text).toContain('ALLIUM=http://example.com:8080');
    expect(page.text).not.toContain('evil.example');
  });
});

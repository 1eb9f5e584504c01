import { describe, expect, it } from 'vitest';
import { parseUpstreams, UpstreamsFileError } from './upstreams-file.js';

const allow = [{ methods: ['GET'], paths: ['/items'] }];
const parse = (upstreams: unknown) => parseUpstreams(JSON.stringify({ upstreams }));

function mistakesIn(text: string): readonly string[] {
  try {
    parseUpstreams(text);
  } catch (error) {
    if (error instanceof UpstreamsFileError) return error.mistakes;
  }
  return [];
}

describe('the file of upstreams', () => {
  it('has a default for everything but the instances and the allow-list', () => {
    const { instances, timeouts, retries, ...rest } =
      parse({ a: { instances: ['http://127.0.0.1:1'], allow } }).get('a') ?? {};

    expect(instances).toEqual([{ url: 'http://127.0.0.1:1', weight: 1, backup: false, down: false }]);
    expect(timeouts).toMatchObject({ connectMs: 500, headersMs: 5_000, bodyIdleMs: 10_000, totalMs: 30_000 });
    expect(retries).toEqual({ attempts: 2, budgetPercent: 20 });
    expect(rest).toMatchObject({
      balance: 'round-robin',
      token: 'none',
      maxConcurrent: 200,
      maxBodyBytes: 10_485_760,
      websocket: false,
    });
  });

  it('accepts every setting', () => {
    const catalog = {
      instances: ['http://127.0.0.1:4101', { url: 'http://127.0.0.1:4102', weight: 2, backup: true, down: false }],
      discovery: { type: 'dns', name: '_http._tcp.catalog.internal', record: 'SRV' },
      balance: 'address-hash',
      allow: [{ methods: ['GET', 'HEAD'], paths: ['/items', '/items/*', '/items/:id/notes', '/'] }],
      token: 'user',
      timeouts: { connectMs: 500, headersMs: 5000, bodyIdleMs: 10000, totalMs: 30000 },
      retries: { attempts: 2, budgetPercent: 20 },
      health: { path: '/health', intervalMs: 2000 },
      maxConcurrent: 200,
      maxBodyBytes: 10485760,
      websocket: true,
      cache: { seconds: 5, staleIfErrorSeconds: 60 },
      headers: {
        request: { set: { 'X-A': 'b' }, remove: ['X-C'], pass: ['X-Tenant'] },
        response: { pass: ['set-cookie'] },
      },
    };
    expect(parse({ catalog }).get('catalog')).toMatchObject({ token: 'user', websocket: true });
    const found = { allow, discovery: { type: 'dns', name: '_http._tcp.catalog.internal', record: 'SRV' } };
    expect(parse({ found }).get('found')?.discovery).toMatchObject({ type: 'dns' });
  });

  it('is refused with all mistakes at once, each with its path', () => {
    const mistakes = mistakesIn(
      JSON.stringify({
        upstreams: {
          Bad: { instances: ['http://127.0.0.1:1'], allow },
          neither: { allow },
          catalog: {
            instances: ['ftp://x', 'http://host:1/path', { url: 'http://127.0.0.1:1', wieght: 2 }, 'http://user@host'],
            allow: [{ methods: ['GET', 'TRACE'], paths: ['items', '/a/../b', '/a//b', '/a*'] }],
            token: 'mine',
            timeouts: { totalMs: -1 },
            retries: { attempts: 99 },
            headers: { request: { set: { 'X-A': 'a\r\nb' } } },
            unknown: true,
          },
        },
        surprise: 1,
      }),
    );

    for (const place of [
      'upstreams.Bad:',
      'upstreams.neither:',
      'upstreams.catalog.instances[0]:',
      'upstreams.catalog.instances[1]:',
      'upstreams.catalog.instances[2].wieght: no such setting',
      'upstreams.catalog.instances[3]:',
      'upstreams.catalog.allow[0].methods[1]:',
      'upstreams.catalog.allow[0].paths[0]:',
      'upstreams.catalog.allow[0].paths[1]:',
      'upstreams.catalog.allow[0].paths[2]:',
      'upstreams.catalog.allow[0].paths[3]:',
      'upstreams.catalog.token:',
      'upstreams.catalog.timeouts.totalMs:',
      'upstreams.catalog.retries.attempts:',
      'upstreams.catalog.headers.request.set.X-A:',
      'upstreams.catalog.unknown: no such setting',
      'surprise: no such setting',
    ]) {
      expect(
        mistakes.filter((mistake) => mistake.startsWith(place)),
        place,
      ).toHaveLength(1);
    }
  });

  it('may not set headers that end a message or replace the token', () => {
    const open = { instances: ['http://127.0.0.1:1'], allow };
    const framing = { set: { 'Transfer-Encoding': 'chunked', 'content-length': '1', Connection: 'close' } };
    const mistakes = mistakesIn(
      JSON.stringify({
        upstreams: {
          framed: { ...open, headers: { request: framing, response: framing } },
          twice: { ...open, token: 'user', headers: { request: { set: { Authorization: 'Basic x' } } } },
        },
      }),
    );
    const places = ['request', 'response'].flatMap((side) =>
      Object.keys(framing.set).map((name) => `upstreams.framed.headers.${side}.set.${name}:`),
    );
    for (const place of [...places, 'upstreams.twice.headers.request.set.Authorization:']) {
      expect(
        mistakes.filter((mistake) => mistake.startsWith(place)),
        place,
      ).toHaveLength(1);
    }
    const own = { ...open, headers: { request: { set: { Authorization: 'Basic x' } } } };
    expect(() => parseUpstreams(JSON.stringify({ upstreams: { own } }))).not.toThrow();
  });

  it('may not pass credentials, headers that end a message, or headers that the gateway writes', () => {
    const pass = ['Cookie', 'authorization', 'Proxy-Authorization', 'Host', 'Forwarded', 'X-Forwarded-For'];
    const more = [
      'Content-Length',
      'Transfer-Encoding',
      'X-Request-Id',
      'traceparent',
      'Sec-WebSocket-Key',
      'X_Tenant',
    ];
    const headers = { request: { pass: [...pass, ...more, 'X-Tenant'] } };
    const mistakes = mistakesIn(
      JSON.stringify({ upstreams: { a: { instances: ['http://127.0.0.1:1'], allow, headers } } }),
    );
    const places = mistakes.map((mistake) => mistake.replace(/:.*/, ''));
    expect(places).toEqual([...pass, ...more].map((_, index) => `upstreams.a.headers.request.pass[${index}]`));
  });

  it.each(['', '{', '[]', '{"upstreams":[]}', 'null'])('is refused if it is %s', (text) => {
    expect(mistakesIn(text)).not.toEqual([]);
  });
});

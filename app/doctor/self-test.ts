import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { cookieFlags } from '../../middlewares/session/session-cookie.js';
import { Unavailable } from '../../services/errors.js';
import type { Gateway } from '../../services/upstreams/index.js';
import type { Config } from '../config.js';
import { testGateway, startMockUpstream, type GatewayTestResult, type MockUpstream } from './gateway-test.js';

/** What this server does, seen from outside. */
export interface SelfTestResult {
  https: boolean;
  /** As `Set-Cookie` hands it to a browser that signs in. */
  cookie: string;
  /** Answers to a browser that held something like a token, by address. */
  tokens: readonly string[];
  /** Routes that change something, as `POST /api/posts`; */
  guarded: readonly string[];
  /** and those that took a forged request. */
  unguarded: readonly string[];
  endpoints: ReadonlySet<string>;
  page: Headers;
  data: Headers;
  /** To a request by a name that is not ours. */
  foreignHost: number;
  /** To a page elsewhere that was not named. */
  foreignPage: Headers;
  gateway: GatewayTestResult;
}

interface TestResponse {
  status: number;
  headers: Headers;
  text: string;
}
type Send = (method: string, path: string, headers?: Record<string, string>, body?: object) => Promise<TestResponse>;

const FOREIGN = 'https://doctor.invalid';

export interface SelfTestOptions {
  config: Config;
  gateway: Pick<Gateway, 'addTemporary'>;
  /** Serves a connection as if it had come by the port. */
  accept: (socket: Socket) => void;
}

/**
 * Sends requests to the server that runs in this process, over a listener of its own: the public port may lead to another
 * worker. No sign-in happens and nothing is written: every forged request lacks a session, so that even a route without
 * protection refuses it.
 */
export async function runSelfTest({ config, gateway, accept }: SelfTestOptions): Promise<SelfTestResult> {
  const listener = createServer(accept);
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const mock = await startMockUpstream(gateway);
  try {
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    return await testOnion(requester(url), config.http.publicUrl ?? url, config, mock);
  } finally {
    await mock.stop();
    listener.close();
  }
}

async function testOnion(
  send: Send,
  origin: string,
  { session, http }: Config,
  mock: MockUpstream,
): Promise<SelfTestResult> {
  const cookie = { Cookie: `${session.cookieName}=doctor` };
  const browser = { 'Sec-Fetch-Site': 'same-origin', Origin: origin, 'X-CSRF': '1', ...cookie };
  const endpoints = endpointsIn(await send('GET', '/api/openapi.json'));
  const guarded = [...endpoints].filter((endpoint) => !endpoint.startsWith('GET '));
  const page = await send('GET', '/', { ...cookie, Accept: 'text/html' });
  const answers = {
    'GET /': page,
    'GET /api/auth/me': await send('GET', '/api/auth/me', browser),
    'GET /api/auth/session': await send('GET', '/api/auth/session', browser),
    'POST /api/auth/login': await send('POST', '/api/auth/login', browser, { username: '', password: '' }),
    'POST /api/auth/refresh': await send('POST', '/api/auth/refresh', browser, { refreshToken: '' }),
  };
  return {
    https: origin.startsWith('https:'),
    cookie: cookieText(session.cookieName, http.https),
    tokens: Object.entries(answers)
      .filter(([, answer]) => holdsToken(answer))
      .map(([endpoint]) => endpoint),
    guarded,
    unguarded: await unguardedAmong(send, guarded, browser),
    endpoints,
    page: page.headers,
    data: answers['GET /api/auth/me'].headers,
    foreignHost: (await send('GET', '/api/tags', { Host: 'doctor.invalid' })).status,
    foreignPage: (await send('GET', '/api/tags', { Origin: FOREIGN, 'Sec-Fetch-Site': 'cross-site' })).headers,
    gateway: await testGateway((path) => send('GET', path, browser), mock),
  };
}

/** As a sign-in sends it. */
function cookieText(name: string, https: boolean): string {
  const { path, sameSite, secure, httpOnly } = cookieFlags({ secure: https });
  return `${name}=x; path=${path}; samesite=${sameSite}${secure ? '; secure' : ''}${httpOnly ? '; httponly' : ''}`;
}

/** What a page elsewhere, one of a sibling domain and a form can make a browser send along with the cookie. */
async function unguardedAmong(send: Send, endpoints: string[], browser: Record<string, string>): Promise<string[]> {
  const { 'X-CSRF': _, ...withoutHeader } = browser;
  const forgeries: [string, Record<string, string>][] = [
    ['without X-CSRF', withoutHeader],
    ['from another site', { ...browser, 'Sec-Fetch-Site': 'cross-site' }],
    ['from a sibling domain', { ...browser, 'Sec-Fetch-Site': 'same-site' }],
    ['from another origin', { ...browser, Origin: FOREIGN }],
  ];
  const taken: string[] = [];
  for (const endpoint of endpoints) {
    const [method = '', path = ''] = endpoint.split(' ');
    for (const [name, headers] of forgeries) {
      const { status, text } = await send(method, path.replaceAll(/\{\w+\}/g, '1'), headers, {});
      if (status !== 403 || !text.includes('"csrf_failed"')) taken.push(`${endpoint} ${name}`);
    }
  }
  return taken;
}

/** Every route is in the document, since both come from the router. */
function endpointsIn({ text }: TestResponse): Set<string> {
  const { paths } = JSON.parse(text) as { paths: Record<string, object> };
  const methods = new Set(['get', 'post', 'put', 'patch', 'delete']);
  return new Set(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => methods.has(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    ),
  );
}

/** A JSON Web Token anywhere, or a field that is called one and holds something. */
function holdsToken({ text, headers }: TestResponse): boolean {
  const shown = text + headers.getSetCookie().join('');
  return /eyJ[\w-]+\.[\w-]+\.[\w-]+/.test(shown) || /"(?:access|refresh)?_?token"\s*:\s*"[^"]/i.test(text);
}

/** By node:http, since `fetch` sends no Host but its own. */
function requester(url: string): Send {
  return (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const json = body && JSON.stringify(body);
      const typed = json === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': json.length };
      const sent = request(
        new URL(path, url),
        { method, headers: { ...headers, ...typed }, agent: false },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => {
            const { statusCode: status = 0, rawHeaders } = answer;
            if (status === 429)
              reject(new Unavailable('too many requests from this machine', { retryAfterSeconds: 60 }));
            else resolve({ status, headers: headersOf(rawHeaders), text });
          });
        },
      );
      sent.on('error', reject);
      sent.end(json);
    });
}

function headersOf(raw: string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  return headers;
}

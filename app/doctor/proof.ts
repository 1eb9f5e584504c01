import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { cookieFlags } from '../../middlewares/session.js';
import { Unavailable } from '../../services/errors.js';
import type { Upstreams } from '../../services/upstreams/upstreams.js';
import type { Config } from '../config.js';
import { observeGateway, startMockUpstream, type GatewayProof, type MockUpstream } from './gateway-proof.js';

/** What this server does, seen from outside. */
export interface Proof {
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
  gateway: GatewayProof;
}

interface Asked {
  status: number;
  headers: Headers;
  text: string;
}
type Ask = (method: string, path: string, headers?: Record<string, string>, body?: object) => Promise<Asked>;

const FOREIGN = 'https://doctor.invalid';

export interface ProofParts {
  config: Config;
  upstreams: Pick<Upstreams, 'lend'>;
  /** Serves a connection as if it had come by the port. */
  accept: (socket: Socket) => void;
}

/**
 * Asks the server that runs in this process, by a way in of its own: from outside, the port may lead to another worker. Nobody signs
 * in and nothing is written: every forged request is one without a session, so that even a route that took it would
 * refuse it.
 */
export async function prove({ config, upstreams, accept }: ProofParts): Promise<Proof> {
  const door = createServer(accept);
  await once(door.listen(0, '127.0.0.1'), 'listening');
  const mock = await startMockUpstream(upstreams);
  try {
    const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    return await observe(asker(url), config.http.publicUrl ?? url, config, mock);
  } finally {
    await mock.stop();
    door.close();
  }
}

async function observe(ask: Ask, origin: string, { session, http }: Config, mock: MockUpstream): Promise<Proof> {
  const cookie = { Cookie: `${session.cookieName}=doctor` };
  const browser = { 'Sec-Fetch-Site': 'same-origin', Origin: origin, 'X-CSRF': '1', ...cookie };
  const endpoints = endpointsIn(await ask('GET', '/api/openapi.json'));
  const guarded = [...endpoints].filter((endpoint) => !endpoint.startsWith('GET '));
  const page = await ask('GET', '/', { ...cookie, Accept: 'text/html' });
  const answers = {
    'GET /': page,
    'GET /api/auth/me': await ask('GET', '/api/auth/me', browser),
    'GET /api/auth/session': await ask('GET', '/api/auth/session', browser),
    'POST /api/auth/login': await ask('POST', '/api/auth/login', browser, { username: '', password: '' }),
    'POST /api/auth/refresh': await ask('POST', '/api/auth/refresh', browser, { refreshToken: '' }),
  };
  return {
    https: origin.startsWith('https:'),
    cookie: cookieText(session.cookieName, http.https),
    tokens: Object.entries(answers)
      .filter(([, answer]) => holdsToken(answer))
      .map(([endpoint]) => endpoint),
    guarded,
    unguarded: await unguardedAmong(ask, guarded, browser),
    endpoints,
    page: page.headers,
    data: answers['GET /api/auth/me'].headers,
    foreignHost: (await ask('GET', '/api/tags', { Host: 'doctor.invalid' })).status,
    foreignPage: (await ask('GET', '/api/tags', { Origin: FOREIGN, 'Sec-Fetch-Site': 'cross-site' })).headers,
    gateway: await observeGateway((path) => ask('GET', path, browser), mock),
  };
}

/** As a sign-in sends it. */
function cookieText(name: string, https: boolean): string {
  const { path, sameSite, secure, httpOnly } = cookieFlags({ secure: https });
  return `${name}=x; path=${path}; samesite=${sameSite}${secure ? '; secure' : ''}${httpOnly ? '; httponly' : ''}`;
}

/** What a page elsewhere, one of a sibling domain and a form can make a browser send along with the cookie. */
async function unguardedAmong(ask: Ask, endpoints: string[], browser: Record<string, string>): Promise<string[]> {
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
      const { status, text } = await ask(method, path.replaceAll(/\{\w+\}/g, '1'), headers, {});
      if (status !== 403 || !text.includes('"csrf_failed"')) taken.push(`${endpoint} ${name}`);
    }
  }
  return taken;
}

/** Every route is in the document, since both come from the router. */
function endpointsIn({ text }: Asked): Set<string> {
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
function holdsToken({ text, headers }: Asked): boolean {
  const shown = text + headers.getSetCookie().join('');
  return /eyJ[\w-]+\.[\w-]+\.[\w-]+/.test(shown) || /"(?:access|refresh)?_?token"\s*:\s*"[^"]/i.test(text);
}

/** By node:http, since `fetch` sends no Host but its own. */
function asker(url: string): Ask {
  return (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const json = body && JSON.stringify(body);
      const typed = json === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': json.length };
      const asked = request(
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
      asked.on('error', reject);
      asked.end(json);
    });
}

function headersOf(raw: string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  return headers;
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../middlewares/state.js';
import type { Config } from '../config.js';
import { createLogger } from '../logger.js';
import { observeGateway, startWitness, type GatewayProof, type Witness } from './gateway-proof.js';

/** What an onion with these settings does, seen from outside. */
export interface Proof {
  https: boolean;
  /** As `Set-Cookie` hands it to a browser that has just registered. */
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

/** Starts a server with these settings, and ends it. */
export type Start = (config: Config, log: Logger) => Promise<{ url: string; stop: () => Promise<boolean> }>;

interface Asked {
  status: number;
  headers: Headers;
  text: string;
}
type Ask = (method: string, path: string, headers?: Record<string, string>, body?: object) => Promise<Asked>;

const FOREIGN = 'https://doctor.invalid';

/**
 * Starts the very onion that serves people, with these settings but on a port and with data of its own, asks it, and
 * removes it again. Nothing that is in use is touched.
 */
export async function prove(config: Config, start: Start): Promise<Proof> {
  const dataDir = await mkdtemp(join(tmpdir(), 'allium-doctor-'));
  const witness = await startWitness(dataDir);
  try {
    const server = await start(apart(config, dataDir, witness.file), createLogger({ level: 'silent', format: 'json' }));
    try {
      const origin = config.http.publicUrl ?? server.url;
      return await observe(asker(server.url), origin, config.session.cookieName, witness);
    } finally {
      await server.stop();
    }
  } finally {
    await witness.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The same settings, without anything that others use. */
function apart(config: Config, dataDir: string, upstreamsFile: string): Config {
  return {
    ...config,
    env: 'test', // the rules are asked already
    http: { ...config.http, host: '127.0.0.1', port: 0, drainMs: 0 },
    dataDir,
    database: { file: join(dataDir, 'allium.sqlite') },
    redisUrl: undefined,
    upstreams: { file: upstreamsFile, named: true },
    consul: { ...config.consul, url: undefined, token: undefined },
    firstWorker: false,
  };
}

async function observe(ask: Ask, origin: string, cookieName: string, witness: Witness): Promise<Proof> {
  const browser = { 'Sec-Fetch-Site': 'same-origin', Origin: origin, 'X-CSRF': '1' };
  const account = { username: 'doctor', email: 'doctor@example.com', password: randomBytes(16).toString('hex') };
  const registered = await ask('POST', '/api/auth/register', browser, account);
  const cookie = registered.headers.getSetCookie().find((set) => set.startsWith(`${cookieName}=`)) ?? '';
  const signedIn = { ...browser, Cookie: cookiesOf(registered) };
  const again = await ask('POST', '/api/auth/login', browser, { username: 'doctor', password: account.password });
  const me = await ask('GET', '/api/auth/me', signedIn);
  const page = await ask('GET', '/', { ...signedIn, Accept: 'text/html' });

  const endpoints = endpointsIn(await ask('GET', '/api/openapi.json'));
  const guarded = [...endpoints].filter((endpoint) => !endpoint.startsWith('GET '));
  return {
    https: origin.startsWith('https:'),
    cookie,
    tokens: Object.entries({ register: registered, login: again, me, page })
      .filter(([, answer]) => holdsToken(answer))
      .map(([name]) => name),
    guarded,
    unguarded: await unguardedAmong(ask, guarded, signedIn),
    endpoints,
    page: page.headers,
    data: me.headers,
    foreignHost: (await ask('GET', '/api/tags', { Host: 'doctor.invalid' })).status,
    foreignPage: (await ask('GET', '/api/tags', { Origin: FOREIGN, 'Sec-Fetch-Site': 'cross-site' })).headers,
    gateway: await observeGateway((path) => ask('GET', path, signedIn), witness),
  };
}

/** What a page elsewhere, one of a sibling domain and a form can make a browser send along with the cookie. */
async function unguardedAmong(ask: Ask, endpoints: string[], signedIn: Record<string, string>): Promise<string[]> {
  const { 'X-CSRF': _, ...withoutHeader } = signedIn;
  const forgeries: [string, Record<string, string>][] = [
    ['without X-CSRF', withoutHeader],
    ['from another site', { ...signedIn, 'Sec-Fetch-Site': 'cross-site' }],
    ['from a sibling domain', { ...signedIn, 'Sec-Fetch-Site': 'same-site' }],
    ['from another origin', { ...signedIn, Origin: FOREIGN }],
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

function cookiesOf({ headers }: Asked): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

/** By node:http, since `fetch` sends no Host but its own. */
function asker(url: string): Ask {
  return (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const json = body && JSON.stringify(body);
      const typed = json === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': json.length };
      const asked = request(new URL(path, url), { method, headers: { ...headers, ...typed } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer.rawHeaders), text }),
        );
      });
      asked.on('error', reject);
      asked.end(json);
    });
}

function headersOf(raw: string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  return headers;
}

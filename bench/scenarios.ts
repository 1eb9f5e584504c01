/** What a load generator sends. */
export interface Request {
  path: string;
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
}

/** The program of each kind of server. The last two are the peers, in a package of their own. */
export const SERVERS = {
  bare: 'bench/bare-server.js',
  allium: 'dist/bin/www.js',
  fastify: 'bench/peers/fastify.js',
  express: 'bench/peers/express.js',
} as const;

/** One server process and the request that is repeated on it, or the requests that it gets in turn. */
export interface Scenario {
  name: string;
  title: string;
  server: keyof typeof SERVERS;
  /** Another build of that program. */
  program?: string;
  /** With so many posts in the database; without it there are only people. */
  posts?: number;
  /** Sessions in Redis instead of SQLite. */
  redis?: boolean;
  /** On PostgreSQL instead of SQLite. */
  postgres?: boolean;
  /** Sends the administrator's session cookie. */
  signedIn?: boolean;
  /** Sends the session cookies of so many people in turn. */
  people?: number;
  /** What each request has in common, and the first one. */
  request: Request;
  /** Sent one after the other, over all connections. */
  requests?: readonly Request[];
  /** Each of `requests` is sent once at most, so that none can be answered from a cache. */
  once?: boolean;
  /** Requests in a round, where the seconds of a round would be too many. */
  amount?: number;
  /** Any other status fails the run: figures of refusals would look splendid. */
  status: number;
  /** Where different requests have different ones. */
  statuses?: readonly number[];
  /** Side by side; each sends its next request when it has the last answer. */
  connections: number;
  /** CPU microseconds of the server per request that we want to stay below. */
  aimUs?: number;
}

export const PASSWORD = 'correct horse battery staple';
export const ADMINISTRATOR = { username: 'administrator', email: 'administrator@example.com' };

/** Headers by which the server recognizes a request of its own page. */
export const BROWSER = { 'Sec-Fetch-Site': 'same-origin', 'X-CSRF': '1' };

const json = { Accept: 'application/json' };
const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'Sec-Fetch-Site': 'none' };
const compressed = { 'Accept-Encoding': 'gzip, deflate, br' };
const users = '/api/users?limit=10';

export const SCENARIOS: readonly Scenario[] = [
  of('bare', 'bare node:http, same-sized JSON', { path: '/' }, { server: 'bare' }),
  of('probe', 'GET /livez', { path: '/livez' }),
  of('anonymous', 'GET /api/auth/me, no cookie', { path: '/api/auth/me', headers: json }, { status: 401, aimUs: 45 }),
  of('public', 'GET /api/users/1, no cookie', { path: '/api/users/1', headers: json }),
  of('shell', 'GET / (a page), no cookie', { path: '/', headers: html }),
  of('shell-br', 'the same, compressed', { path: '/', headers: { ...html, ...compressed } }),
  of(
    'me-redis',
    'GET /api/auth/me, session in Redis',
    { path: '/api/auth/me', headers: json },
    { redis: true, signedIn: true, aimUs: 110 },
  ),
  of('me-sqlite', 'GET /api/auth/me, session in SQLite', { path: '/api/auth/me', headers: json }, { signedIn: true }),
  of('users', `GET ${users}, of 1,000`, { path: users, headers: json }, { redis: true, signedIn: true }),
  of(
    'users-br',
    'the same, compressed',
    { path: users, headers: { ...json, ...compressed } },
    { redis: true, signedIn: true },
  ),
  of('login', 'POST /api/auth/login', login(), { redis: true, connections: 4 }),
];

export const emailOf = (person: number): string => `person-${person}@example.com`;

/** Signs in, as a browser does. */
export function login(
  email = ADMINISTRATOR.email,
): Request & { method: 'POST'; headers: Record<string, string>; body: string } {
  return {
    path: '/api/auth/login',
    method: 'POST',
    headers: { ...json, ...BROWSER, 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  };
}

function of(name: string, title: string, request: Request, rest: Partial<Scenario> = {}): Scenario {
  return { name, title, request, server: 'allium', status: 200, connections: 10, ...rest };
}

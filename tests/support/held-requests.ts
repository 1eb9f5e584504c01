import { openDatabase, type Database } from '../../models/index.js';
import { endCredentials } from '../../services/accounts/credentials.js';
import { accountChanged } from '../../services/cache/invalidation.js';
import { isAllowed, nameOfAction, type Case, type Whose } from './access.js';
import { addPerson, stageFor } from './access-stage.js';
import { CREDENTIALS, SESSION_KEY, type Credential } from './credentials.js';
import { isUnsafe, routesOf, type Route } from './route-table.js';
import { send } from './raw-request.js';
import { allRows } from './rows.js';
import { PASSWORD, startTestApp, type TestApp } from './start-test-app.js';
import { A_PROGRAM, tokenFor } from './tokens.js';
import { until } from './until.js';
import { ROLES, type Role } from '../../models/users/user.js';
import type { Client } from './client.js';
import { databaseFor } from './test-database.js';

/**
 * Requests in flight while their permission is revoked. They come from an address that is not this
 * machine's, so that each is counted once it is authenticated: that count shows a test that the request waits.
 */
export async function startHoldingApp(): Promise<TestApp> {
  const many = '100000'; // wrong passwords, which fill the queue
  const app = await startTestApp({
    TRUST_PROXY_HOPS: '1',
    SESSION_KEYS: SESSION_KEY,
    SIGN_IN_FAILURES_PER_PLACE: many,
    SIGN_IN_FAILURES_PER_ACCOUNT: many,
    SIGN_IN_FAILURES_PER_ADDRESS: many,
  });
  await app.admin();
  await app.member('seeded-member');
  return app;
}
const ELSEWHERE = { 'X-Forwarded-For': '198.51.100.7' };

interface Revoking {
  app: TestApp;
  admin: Client;
  userId: number;
}
/** A client of the same account, which revokes its own credentials. */
const ownProgram = async ({ app, userId }: Revoking) =>
  app.program({ Authorization: `Bearer ${await tokenFor(app, userId)}` });

/** Ways to lose permissions, each through the API. */
export const REVOCATIONS = {
  demotion: ({ admin, userId }: Revoking) => admin.patch(`/api/users/${userId}`, { role: 'user' }),
  deactivation: ({ admin, userId }: Revoking) => admin.patch(`/api/users/${userId}`, { isActive: false }),
  deletion: ({ admin, userId }: Revoking) => admin.delete(`/api/users/${userId}`),
  'password reset': ({ admin, userId }: Revoking) => admin.patch(`/api/users/${userId}`, { password: 'another one' }),
  'password change': async (revoking: Revoking) =>
    (await ownProgram(revoking)).post('/api/auth/password', { current: PASSWORD, password: 'another one' }),
  'sign-out': async (revoking: Revoking) => (await ownProgram(revoking)).delete('/api/auth/sessions'),
  'revoked token': async (revoking: Revoking) => {
    const program = await ownProgram(revoking);
    const { tokens } = (await program.get('/api/auth/tokens')).json<{ tokens: { id: number; scopes: string[] }[] }>();
    const held = tokens.find(({ scopes }) => scopes.includes('write'));
    return program.delete(`/api/auth/tokens/${held?.id}`);
  },
};
export type Revocation = keyof typeof REVOCATIONS;

/** The same in a transaction of another connection, as another process would. */
const IN_DATABASE: Partial<
  Record<Revocation, (database: Database, userId: number, transaction: WriteTransaction) => Promise<unknown>>
> = {
  demotion: (_database, id, transaction) => transaction.execute("UPDATE users SET role = 'user' WHERE id = ?", id),
  deactivation: async ({ models }, id, transaction) => {
    await transaction.execute('UPDATE users SET is_active = false WHERE id = ?', id);
    await endCredentials(models, transaction, id);
  },
  deletion: ({ models: { users } }, id, transaction) => users.remove(transaction, id),
  'password reset': ({ models }, id, transaction) => endCredentials(models, transaction, id),
};
type WriteTransaction = Parameters<Parameters<Database['models']['write']>[0]>[0];

export interface HeldCase {
  route: Route;
  tried: Case;
  credential: Credential;
  revocation: Revocation;
}

/** Every unsafe route for signed-in callers, with every revocation that affects it. */
export function heldCasesOf(app: TestApp, cases: Readonly<Record<string, readonly Case[]>>): HeldCase[] {
  const routes = routesOf(app.services).filter((route) => isUnsafe(route) && route.spec?.access === 'signed-in');
  const revocations = Object.keys(REVOCATIONS) as Revocation[];
  return routes.flatMap((route) =>
    (cases[`${route.method} ${route.path}`] ?? []).flatMap((tried) =>
      (Object.keys(CREDENTIALS) as Credential[]).flatMap((credential) =>
        revocations
          .map((revocation) => ({ route, tried, credential, revocation }))
          .filter((heldCase) => isTakenAway(heldCase) && asWhom(heldCase) !== undefined),
      ),
    ),
  );
}

/** Whether the revocation affects the credential, and the route accepts it. */
function isTakenAway({ tried, credential, revocation }: HeldCase): boolean {
  const byToken = credential === 'personal token';
  if (byToken && tried.inPerson) return false;
  return revocation === 'sign-out' ? !byToken : revocation !== 'revoked token' || byToken;
}

/** Who may do it: the least of roles; for a demotion an administrator, where it takes one. */
function asWhom({ tried, revocation }: HeldCase): { role: Role; whose: Whose } | undefined {
  const owned = tried.owned ?? (['other’s'] as const);
  for (const role of revocation === 'demotion' ? (['admin'] as const) : ROLES) {
    for (const whose of owned) {
      const loses = revocation !== 'demotion' || !isAllowed(tried, 'user', whose);
      if (isAllowed(tried, role, whose) && loses) return { role, whose };
    }
  }
  return undefined;
}

interface Prepared {
  userId: number;
  request: Buffer;
  /** Bytes that are held back. Of a form the line break after its last boundary does not count, and is not waited for. */
  held: number;
}

async function prepare(app: TestApp, heldCase: HeldCase): Promise<Prepared> {
  const { route, tried, credential } = heldCase;
  const { role, whose } = asWhom(heldCase) ?? { role: 'admin', whose: 'own' };
  const userId = await addPerson(app, role);
  const owner = whose === 'own' ? userId : await addPerson(app);
  const { path = route.path, body = {} } = (await tried.send?.(stageFor(app, owner))) ?? {};
  const bodied = new Request(app.url, {
    method: 'POST',
    body: body instanceof FormData ? body : JSON.stringify(body),
    ...(!(body instanceof FormData) && { headers: { 'Content-Type': 'application/json' } }),
  });
  const bytes = Buffer.from(await bodied.arrayBuffer());
  const headers = {
    Host: new URL(app.url).host,
    Connection: 'close',
    'Content-Type': bodied.headers.get('Content-Type'),
    'Content-Length': bytes.length,
    ...ELSEWHERE,
    ...(await CREDENTIALS[credential](app, userId)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    userId,
    held: body instanceof FormData ? 4 : 1,
    request: Buffer.concat([Buffer.from(`${route.method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]),
  };
}

/**
 * Sends all of a request but its last byte, takes the right away, and sends that byte.
 *
 * @returns what is wrong with the answer or the database afterwards.
 */
export async function holdBody(app: TestApp, heldCase: HeldCase): Promise<string | undefined> {
  const { userId, request, held } = await prepare(app, heldCase);
  const sending = await send(app.url, request.subarray(0, -held));
  await knownToAsk(app, userId);
  const revoked = await REVOCATIONS[heldCase.revocation]({ app, admin: await app.admin(), userId });
  if (revoked.status >= 300) throw new Error(`${heldCase.revocation}: ${revoked.text}`);
  const before = await allRows(app.database);
  sending.write(request.subarray(-held));
  return wrongWith(heldCase, await sending.answer, before, await allRows(app.database));
}

/** Sends a request that waits in the password queue, and revokes its permission meanwhile. */
export async function holdInPasswordQueue(app: TestApp, heldCase: HeldCase): Promise<string | undefined> {
  const { userId, request } = await prepare(app, heldCase);
  const ahead = Array.from({ length: HASHED_AHEAD }, (_, index) =>
    app.program().post('/api/auth/login', { username: `unknown${index}`, password: PASSWORD }),
  );
  const first = await Promise.race(ahead); // the others wait
  if (first.status !== 401) throw new Error(first.text);
  const sending = await send(app.url, request);
  await knownToAsk(app, userId);
  const revoked = await REVOCATIONS[heldCase.revocation]({ app, admin: await app.admin(), userId });
  if (revoked.status >= 300) throw new Error(`${heldCase.revocation}: ${revoked.text}`);
  const before = await allRows(app.database);
  const answer = await sending.answer;
  await Promise.all(ahead);
  return wrongWith(heldCase, answer, before, await allRows(app.database));
}
const HASHED_AHEAD = 12;

/** Sends a request while another process writes, and revokes its permission in that write. */
export async function holdWrite(app: TestApp, other: Database, heldCase: HeldCase): Promise<string | undefined> {
  const revoke = IN_DATABASE[heldCase.revocation];
  if (!revoke) return undefined;
  const { userId, request } = await prepare(app, heldCase);
  const { sending, before } = await other.models.write(
    async (transaction) => {
      await revoke(other, userId, transaction); // the request still finds the right, and waits for this transaction
      const sent = await send(app.url, request);
      await knownToAsk(app, userId);
      return { sending: sent, before: await allRows(other, transaction) };
    },
    accountChanged({ id: userId }),
  );
  return wrongWith(heldCase, await sending.answer, before, await allRows(app.database));
}

/** Holds back the last byte of a request with a refresh token, and revokes meanwhile. */
export async function holdRefresh(app: TestApp, revocation: Revocation): Promise<string> {
  const userId = await addPerson(app);
  const begun = await app.database.models.write((transaction) =>
    app.services.signIns.begin(transaction, userId, A_PROGRAM),
  );
  const body = JSON.stringify({ refreshToken: begun.refreshToken });
  const { host } = new URL(app.url);
  const request = `POST /api/auth/refresh HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const sending = await send(app.url, request.slice(0, -1));
  await REVOCATIONS[revocation]({ app, admin: await app.admin(), userId });
  sending.write(request.slice(-1));
  return sending.answer;
}

export const openAnother = async (app: TestApp): Promise<Database> => openDatabase(await databaseFor(app.dataDir));

/** Waits until the request is authenticated, before the revocation. */
const knownToAsk = (app: TestApp, userId: number) =>
  until('the request to be known', async () => (await app.services.writes.read(String(userId))).used > 0, {
    everyMs: 5,
  });

function wrongWith({ route, tried, credential, revocation }: HeldCase, answer: string, before: object, after: object) {
  const what = `${route.method} ${route.path} (${nameOfAction(tried)}) by ${credential} across ${revocation}`;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const meant = revocation === 'demotion' ? (tried.refused ?? 403) : 401;
  if (status !== meant) return `${what}: ${answer.slice(0, 12)} ${answer.slice(-200)} instead of ${meant}`;
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : `${what}: it was written`;
}

import { join } from 'node:path';
import { openDatabase, type Database } from '../../models/index.js';
import { credentialsKey, endCredentials } from '../../services/accounts/credentials.js';
import { userKey } from '../../services/users/viewers.js';
import { isAllowed, type Case } from './access-cases.js';
import { addPerson, stageFor } from './access-stage.js';
import { CREDENTIALS, SESSION_KEY, type Credential } from './credentials.js';
import { isUnsafe, routesOf, type Route } from './route-table.js';
import { send } from './raw-request.js';
import { allRows } from './rows.js';
import { PASSWORD, startTestApp, type TestApp } from './start-test-app.js';
import { A_PROGRAM, tokenFor } from './tokens.js';
import { until } from './until.js';
import { ROLES, type Role } from '../../models/user.js';
import type { Whose } from './policy-table.js';
import type { Client } from './client.js';

/**
 * Requests that are on their way while the right to make them is taken away. They come from an address that is not this
 * machine's, so that each is counted as soon as it is known who asks: by that count a test sees that it waits.
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
  await app.member('somebody');
  return app;
}
const ELSEWHERE = { 'X-Forwarded-For': '198.51.100.7' };

interface Revoking {
  app: TestApp;
  admin: Client;
  userId: number;
}
/** By whom it is done does not matter here, only that it has been answered. */
const ownProgram = async ({ app, userId }: Revoking) =>
  app.program({ Authorization: `Bearer ${await tokenFor(app, userId)}` });

/** Ways of losing rights, each as people do it. */
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

/** The same in a transaction of another process, as far as the database can tell. */
const IN_DATABASE: Partial<
  Record<Revocation, (database: Database, userId: number, transaction: WriteTransaction) => Promise<unknown>>
> = {
  demotion: ({ models: { User } }, id, transaction) => User.update({ role: 'user' }, { where: { id }, transaction }),
  deactivation: async ({ models }, id, transaction) => {
    await models.User.update({ isActive: false }, { where: { id }, transaction });
    await endCredentials(models, id, transaction);
  },
  deletion: ({ models: { User } }, id, transaction) => User.destroy({ where: { id }, transaction }),
  'password reset': ({ models }, id, transaction) => endCredentials(models, id, transaction),
};
type WriteTransaction = Parameters<Parameters<Database['models']['write']>[0]>[0];

export interface Trial {
  route: Route;
  tried: Case;
  credential: Credential;
  revocation: Revocation;
}

/** Every unsafe route of people who are signed in, with what takes each right away. */
export function trialsOf(app: TestApp, cases: Readonly<Record<string, readonly Case[]>>): Trial[] {
  const routes = routesOf(app.services).filter((route) => isUnsafe(route) && route.spec?.access === 'signed-in');
  const revocations = Object.keys(REVOCATIONS) as Revocation[];
  return routes.flatMap((route) =>
    (cases[`${route.method} ${route.path}`] ?? []).flatMap((tried) =>
      (Object.keys(CREDENTIALS) as Credential[]).flatMap((credential) =>
        revocations
          .map((revocation) => ({ route, tried, credential, revocation }))
          .filter((trial) => isTakenAway(trial) && asWhom(trial) !== undefined),
      ),
    ),
  );
}

/** Whether the revocation has to do with the credential, and the credential with the route. */
function isTakenAway({ route: { spec }, tried, credential, revocation }: Trial): boolean {
  const byToken = credential === 'personal token';
  if (byToken && (spec?.refusesPersonalTokens || tried.inPerson)) return false;
  return revocation === 'sign-out' ? !byToken : revocation !== 'revoked token' || byToken;
}

/** Who may do it: the least of roles; for a demotion an administrator, where it takes one. */
function asWhom({ tried, revocation }: Trial): { role: Role; whose: Whose } | undefined {
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

async function prepare(app: TestApp, trial: Trial): Promise<Prepared> {
  const { route, tried, credential } = trial;
  const { role, whose } = asWhom(trial) ?? { role: 'admin', whose: 'own' };
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
export async function holdBody(app: TestApp, trial: Trial): Promise<string | undefined> {
  const { userId, request, held } = await prepare(app, trial);
  const sending = await send(app.url, request.subarray(0, -held));
  await knownToAsk(app, userId);
  const revoked = await REVOCATIONS[trial.revocation]({ app, admin: await app.admin(), userId });
  if (revoked.status >= 300) throw new Error(`${trial.revocation}: ${revoked.text}`);
  const before = await allRows(app.database);
  sending.write(request.subarray(-held));
  return wrongWith(trial, await sending.answer, before, await allRows(app.database));
}

/** Sends a request that waits for passwords to be hashed, and takes the right away meanwhile. */
export async function holdInPasswordQueue(app: TestApp, trial: Trial): Promise<string | undefined> {
  const { userId, request } = await prepare(app, trial);
  const ahead = Array.from({ length: HASHED_AHEAD }, (_, index) =>
    app.program().post('/api/auth/login', { username: `nobody${index}`, password: PASSWORD }),
  );
  const first = await Promise.race(ahead); // the others wait
  if (first.status !== 401) throw new Error(first.text);
  const sending = await send(app.url, request);
  await knownToAsk(app, userId);
  const revoked = await REVOCATIONS[trial.revocation]({ app, admin: await app.admin(), userId });
  if (revoked.status >= 300) throw new Error(`${trial.revocation}: ${revoked.text}`);
  const before = await allRows(app.database);
  const answer = await sending.answer;
  await Promise.all(ahead);
  return wrongWith(trial, answer, before, await allRows(app.database));
}
const HASHED_AHEAD = 12;

/** Sends a request while another process writes, and takes the right away in that very write. */
export async function holdWrite(app: TestApp, other: Database, trial: Trial): Promise<string | undefined> {
  const revoke = IN_DATABASE[trial.revocation];
  if (!revoke) return undefined;
  const { userId, request } = await prepare(app, trial);
  const { sending, before } = await other.models.write(
    async (transaction) => {
      const sent = await send(app.url, request);
      await knownToAsk(app, userId);
      await revoke(other, userId, transaction);
      return { sending: sent, before: await allRows(other, transaction) };
    },
    [userKey(userId), credentialsKey(userId)],
  );
  return wrongWith(trial, await sending.answer, before, await allRows(app.database));
}

/** Holds back the last byte of a refresh token, which says by itself whose it is. */
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

export const openAnother = (app: TestApp): Database => openDatabase(join(app.dataDir, 'allium.sqlite'));

/** It has been authenticated: what it may do was decided before the right was taken away. */
const knownToAsk = (app: TestApp, userId: number) =>
  until('the request to be known', async () => (await app.services.writes.read(String(userId))).used > 0, {
    everyMs: 5,
  });

function wrongWith({ route, tried, credential, revocation }: Trial, answer: string, before: object, after: object) {
  const what = `${route.method} ${route.path} (${tried.action}) by ${credential} across ${revocation}`;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const meant = revocation === 'demotion' ? (tried.refused ?? 403) : 401;
  if (status !== meant) return `${what}: ${answer.slice(0, 12)} ${answer.slice(-200)} instead of ${meant}`;
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : `${what}: it was written`;
}

import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectRedis } from '../../app/redis.js';
import { openMigrated } from '../../app/open-database.js';
import { createSessionStore, SessionGone, type SessionStore } from '../../services/sessions/session-store.js';
import { browser, type Client } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { account, PASSWORD, sameBrowser, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

const IN_FLIGHT = 20;
const ROUNDS = 6;
/** A session is written again after a quarter of its idle time: this makes that soon, and every request a writer. */
const IDLE_MS = 12_000;

describe('sessions in SQLite', () => {
  sessionsEnd(() => Promise.resolve({}));
});
describeWith('redis-server', 'sessions in Redis', () => {
  sessionsEnd(async () => ({ REDIS_URL: (await stageRedis()).url }));
});

function sessionsEnd(storeSettings: () => Promise<{ REDIS_URL?: string }>): void {
  it.each([1, 2])(
    `are dead after a logout that ${IN_FLIGHT} requests were in flight with, in %i processes`,
    async (processes) => {
      const urls = await servers(processes);
      const { client, bystander } = await sessionsDueForWriting(urls);
      const old = client.map((one) => ({ cookies: new Map(one.cookies) }));

      const answers = await Promise.all(
        client.map((one) => amidRequests(one, urls, () => one.post('/api/auth/logout'))),
      );

      expect(answers).toEqual(client.map(() => 200));
      for (const one of old) expect(await seenBy(urls, one)).toEqual(urls.map(() => 401));
      expect(await seenBy(urls, bystander)).toEqual(urls.map(() => 200)); // they did not merely expire
    },
  );

  it.each([1, 2])(`are dead after another sign-in in the midst of requests, in %i processes`, async (processes) => {
    const urls = await servers(processes);
    const { client } = await sessionsDueForWriting(urls);
    const old = client.map((one) => ({ cookies: new Map(one.cookies) }));

    const answers = await Promise.all(
      client.map((one, index) => amidRequests(one, urls, () => one.post('/api/auth/login', account(`member${index}`)))),
    );

    expect(answers).toEqual(client.map(() => 200));
    for (const one of old) expect(await seenBy(urls, one)).toEqual(urls.map(() => 401));
    for (const one of client) expect(await seenBy(urls, one)).toEqual(urls.map(() => 200));
  });

  it('are dead after a change of the password in the midst of requests, all but the one that changed it', async () => {
    const urls = await servers(2);
    const { client } = await sessionsDueForWriting(urls);
    const old = client.map((one) => ({ cookies: new Map(one.cookies) }));
    const change = { current: PASSWORD, password: 'another horse battery' };

    const answers = await Promise.all(
      client.map((one) => amidRequests(one, urls, () => one.post('/api/auth/password', change))),
    );

    expect(answers).toEqual(client.map(() => 200));
    for (const one of old) expect(await seenBy(urls, one)).toEqual(urls.map(() => 401));
    for (const one of client) expect(await seenBy(urls, one)).toEqual(urls.map(() => 200));
  });

  it('get a new id at sign-in, so that a planted id is worthless', async () => {
    const [url = ''] = await servers(1);
    await stageMember(url, 'victim');
    const mallory = await stageMember(url, 'mallory');
    const planted = sameBrowser(mallory, url);
    const invented = browser(url);
    invented.cookies.set('sid', 'A'.repeat(32));

    for (const victim of [planted, invented]) {
      const before = victim.cookies.get('sid');
      expect((await victim.post('/api/auth/login', account('victim'))).status).toBe(200);
      expect(victim.cookies.get('sid')).not.toBe(before);
    }

    expect((await mallory.get('/api/auth/me')).status).toBe(401); // the planted id belongs to no session now
    expect((await planted.get('/api/auth/me')).json()).toMatchObject({ user: { username: 'victim' } });
  });

  it('are refused when the signature is missing, another one, or made with another key', async () => {
    const [url = ''] = await servers(1);
    const member = await stageMember(url, 'member');
    const other = await stageMember(url, 'other');
    const sid = member.cookies.get('sid') ?? '';
    const forgeries = [
      undefined,
      '',
      'A'.repeat(43),
      other.cookies.get('sid.sig'),
      createHmac('sha256', 'a key of their own').update(`sid=${sid}`).digest('base64url'),
    ];

    const statuses = forgeries.map(async (signature) => {
      const forger = browser(url);
      forger.cookies.set('sid', sid);
      if (signature !== undefined) forger.cookies.set('sid.sig', signature);
      return (await forger.get('/api/auth/me')).status;
    });

    expect(await Promise.all(statuses)).toEqual(forgeries.map(() => 401));
    expect((await member.get('/api/auth/me')).status).toBe(200);
  });

  it('are refused when the cookie is replayed after the logout, in every process and after a restart', async () => {
    const env = await settings();
    const [first, second] = await Promise.all([stageServer(env), stageServer(env)]);
    const member = await stageMember(first.url, 'member');
    const replay = { cookies: new Map(member.cookies) };
    expect((await member.post('/api/auth/logout')).status).toBe(200);

    expect(await seenBy([first.url, second.url], replay)).toEqual([401, 401]);
    await first.stop();
    const again = await stageServer(env);
    expect(await seenBy([again.url], replay)).toEqual([401]);
  });

  it('cannot be written again once they are destroyed, by any process that does not know yet', async () => {
    const { REDIS_URL } = await storeSettings();
    const dir = stageDir();
    const [here, there] = await Promise.all([openStore(dir, REDIS_URL), openStore(dir, REDIS_URL)]);
    await here.set('a', { userId: 1 }, IDLE_MS);
    expect(await there.get('a')).toEqual({ userId: 1 });

    await here.destroy('a');

    await expect(here.set('a', { userId: 1 }, IDLE_MS)).rejects.toThrow(SessionGone);
    await expect(there.set('a', { userId: 1 }, IDLE_MS)).rejects.toThrow(SessionGone);
    expect(await there.get('a')).toBeNull();
  });

  it('stay destroyed when many write them in the same instant', async () => {
    const { REDIS_URL } = await storeSettings();
    const dir = stageDir();
    const stores = await Promise.all([openStore(dir, REDIS_URL), openStore(dir, REDIS_URL)]);
    const write = (store: SessionStore) => store.set('a', { userId: 1 }, IDLE_MS).catch((error: unknown) => error);

    const writes = stores.flatMap((store) => Array.from({ length: IN_FLIGHT }, () => write(store)));
    const destroyed = stores[0]?.destroy('a');
    const later = stores.flatMap((store) => Array.from({ length: IN_FLIGHT }, () => write(store)));
    const results = await Promise.all([...writes, destroyed, ...later]);

    expect(results.filter((result) => result !== undefined)).toSatisfy((errors: unknown[]) =>
      errors.every((error) => error instanceof SessionGone),
    );
    for (const store of stores) expect(await store.get('a')).toBeNull();
  });

  async function settings(): Promise<Record<string, string>> {
    return { DATA_DIR: stageDir(), SESSION_IDLE_HOURS: String(IDLE_MS / 3_600_000), ...(await storeSettings()) };
  }

  /** The addresses of as many servers, on the same data. */
  async function servers(count: number): Promise<string[]> {
    const env = await settings();
    const started = await Promise.all(Array.from({ length: count }, () => stageServer(env)));
    return started.map(({ url }) => url);
  }
}

/** Several accounts whose next request extends their session, and one that is idle until the end. */
async function sessionsDueForWriting([url = '']: string[]): Promise<{ client: Client[]; bystander: Client }> {
  const client: Client[] = [];
  for (let index = 0; index < ROUNDS; index += 1) client.push(await stageMember(url, `member${index}`));
  const bystander = await stageMember(url, 'bystander');
  const due = performance.now() + IDLE_MS / 4 + 50;
  await until('their time', () => performance.now() > due);
  return { client, bystander };
}

/** Does something to a session while many requests with it are in flight in all servers. */
async function amidRequests(client: Client, urls: string[], act: () => Promise<{ status: number }>): Promise<number> {
  const readers = urls.map((url) => sameBrowser(client, url));
  const some = () =>
    Array.from({ length: IN_FLIGHT / 2 }, (_, index) => readers[index % readers.length]?.get('/api/auth/me'));
  const before = some();
  const action = act();
  const [{ status }, ...answers] = await Promise.all([action, ...before, ...some()]);
  for (const answer of answers) expect(answer?.status).toBeOneOf([200, 401]);
  return status;
}

/** What each server answers to this cookie. */
function seenBy(urls: string[], client: Pick<Client, 'cookies'>): Promise<number[]> {
  return Promise.all(urls.map(async (url) => (await sameBrowser(client, url).get('/api/auth/me')).status));
}

async function openStore(dir: string, redisUrl: string | undefined): Promise<SessionStore> {
  const log = pino({ level: 'silent' });
  const database = await openMigrated(join(dir, 'allium.sqlite'), log);
  onTestFinished(() => database.close());
  const redis = redisUrl === undefined ? undefined : await connectRedis(redisUrl, log);
  onTestFinished(() => redis?.disconnect());
  return createSessionStore({ redis, models: database.models });
}

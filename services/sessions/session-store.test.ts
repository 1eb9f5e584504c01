import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../models/index.js';
import { migrate } from '../../models/migrate.js';
import { startRedisServer } from '../../tests/support/redis-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { Unavailable } from '../errors.js';
import { createSessionCache, type SessionCache } from './session-cache.js';
import { createRedisSessionStore } from './redis-session-store.js';
import { SessionGone, type SessionStore } from './session-store.js';
import { createSqlSessionStore } from './sql-session-store.js';
import { countRows } from '../../tests/support/rows.js';

const HOUR_MS = 3_600_000;

let count = 0;
const newId = () => `allium:session:${(count += 1)}`;

interface Stores {
  store: SessionStore;
  /** A second process's view of the same store. */
  other: SessionStore;
  /** Writes this text where a session is stored. */
  damage(id: string, text: string): Promise<unknown>;
}

/** What both stores promise. */
function suite(stores: () => Stores): void {
  it('gives back what was put in, in every process', async () => {
    const { store, other } = stores();
    const id = newId();
    await store.set(id, { userId: 7, name: 'Ünïcode "quotes"', nested: { list: [1, null] } }, HOUR_MS);

    for (const one of [store, other]) {
      expect(await one.get(id)).toEqual({ userId: 7, name: 'Ünïcode "quotes"', nested: { list: [1, null] } });
    }
  });

  it('knows nothing under an id that was never put in', async () => {
    expect(await stores().store.get(newId())).toBeNull();
  });

  it.each(['null', '5', '"x"', 'true', '[]', '[{"userId":7}]', '{"userId":', 'no JSON', ' '])(
    'knows no session where %j is stored, and lets one be written there',
    async (text) => {
      const { store, damage } = stores();
      const id = newId();
      await store.set(id, { userId: 7 }, HOUR_MS);
      await damage(id, text);

      expect(await store.get(id)).toBeNull();
      await store.set(id, { userId: 8 }, HOUR_MS);
      expect(await store.get(id)).toEqual({ userId: 8 });
    },
  );

  it('gives back the last of what was put in', async () => {
    const { store, other } = stores();
    const id = newId();
    await store.set(id, { version: 1 }, HOUR_MS);
    await other.set(id, { version: 2 }, HOUR_MS);

    expect(await store.get(id)).toEqual({ version: 2 });
  });

  it('forgets when its time is over', async () => {
    const { store } = stores();
    const id = newId();
    await store.set(id, { userId: 7 }, 30);

    await expect.poll(() => store.get(id)).toBeNull();
  });

  it('takes lifetimes that are no whole milliseconds', async () => {
    const { store } = stores();
    const id = newId();
    await store.set(id, { userId: 7 }, 720.000_3 * 1_000);

    expect(await store.get(id)).toEqual({ userId: 7 });
  });

  it('does not let a destroyed session be written again, in whichever process', async () => {
    const { store, other } = stores();
    const id = newId();
    await store.set(id, { userId: 7 }, HOUR_MS);
    await store.destroy(id);

    expect(await other.get(id)).toBeNull();
    for (const one of [store, other]) await expect(one.set(id, { userId: 7 }, HOUR_MS)).rejects.toThrow(SessionGone);
    expect(await store.get(id)).toBeNull();
  });

  it('does not let one be written that was destroyed before it was first written', async () => {
    const { store, other } = stores();
    const id = newId();
    await other.destroy(id);

    await expect(store.set(id, { userId: 7 }, HOUR_MS)).rejects.toThrow(SessionGone);
  });

  it('may destroy one twice', async () => {
    const { store } = stores();
    const id = newId();
    await store.destroy(id);
    await store.destroy(id);

    expect(await store.get(id)).toBeNull();
  });

  it('lets the end win against every write that is made at the same instant', async () => {
    const { store, other } = stores();
    for (let round = 0; round < 10; round += 1) {
      const id = newId();
      await store.set(id, { round }, HOUR_MS);
      const writes = Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? store : other).set(id, { round, index }, HOUR_MS).catch((error: unknown) => {
          if (!(error instanceof SessionGone)) throw error;
        }),
      );
      await Promise.all([...writes, other.destroy(id)]);

      expect(await store.get(id)).toBeNull();
      expect(await other.get(id)).toBeNull();
    }
  });
}

describe('sessions in the database', () => {
  let dir: string;
  let stores: Stores;
  let rows: () => Promise<number>;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'allium-sessions-'));
    const databases = [openDatabase(join(dir, 'test.sqlite')), openDatabase(join(dir, 'test.sqlite'))] as const;
    await migrate(databases[0]);
    stores = {
      store: createSqlSessionStore(databases[0].models),
      other: createSqlSessionStore(databases[1].models),
      damage: (id, data) =>
        databases[0].models.write((transaction) =>
          transaction.execute('UPDATE sessions SET data = ? WHERE id = ?', data, id),
        ),
    };
    rows = () => countRows(databases[0], 'sessions');
    return async () => {
      await Promise.all(databases.map((database) => database.close()));
      rmSync(dir, { recursive: true });
    };
  });

  suite(() => stores);

  it('are swept away when their time is over, and only then', async () => {
    const { store, other } = stores;
    const [short, long, ended] = [newId(), newId(), newId()];
    await store.set(short, {}, 1);
    await store.set(long, { userId: 7 }, HOUR_MS);
    await store.destroy(ended);
    const before = await rows();

    await expect.poll(async () => other.sweep().then(rows)).toBeLessThan(before);

    expect(await store.get(long)).toEqual({ userId: 7 });
    await expect(store.set(ended, {}, HOUR_MS)).rejects.toThrow(SessionGone);
  });
});

describe('the session cache', () => {
  let dir: string;
  let store: SessionStore;
  let away = false;
  let cache: SessionCache;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'allium-session-cache-'));
    const database = openDatabase(join(dir, 'test.sqlite'));
    await migrate(database);
    store = createSqlSessionStore(database.models);
    cache = createSessionCache(store, () => away);
    return async () => {
      await database.close();
      rmSync(dir, { recursive: true });
    };
  });
  const signedIn = (id: string, seenAt: number) => store.set(id, { signInId: 7, seenAt }, HOUR_MS);

  it('returns what was read for a moment, as it was', async () => {
    const id = newId();
    await signedIn(id, 1);
    expect(cache.cached(id)).toBeUndefined();
    Object.assign((await cache.get(id)) ?? {}, { signInId: 8 });

    expect(cache.cached(id)).toEqual({ signInId: 7, seenAt: 1 });
    expect(cache.cached(id)).toSatisfy(Object.isFrozen);
    await expect.poll(() => cache.cached(id), { timeout: 3_000 }).toBeUndefined();
  });

  it('reads the store again for a request that may change the session', async () => {
    const id = newId();
    await signedIn(id, 1);
    await cache.get(id);
    await signedIn(id, 2);

    expect(await cache.get(id)).toEqual({ signInId: 7, seenAt: 2 });
  });

  it('forgets a session that this process has written or ended', async () => {
    const id = newId();
    await signedIn(id, 1);
    await cache.get(id);
    await cache.set(id, { signInId: 7, seenAt: 2 }, HOUR_MS);
    expect(cache.cached(id)).toBeUndefined();

    await cache.get(id);
    await cache.destroy(id);
    expect(cache.cached(id)).toBeUndefined();
  });

  it('does not cache a session without a sign-in', async () => {
    const id = newId();
    await store.set(id, { step: 1 }, HOUR_MS);
    expect(await cache.get(id)).toEqual({ step: 1 });

    expect(cache.cached(id)).toBeUndefined();
  });

  it('returns nothing while the store is away', async () => {
    const id = newId();
    await signedIn(id, 1);
    await cache.get(id);
    away = true;
    expect(cache.cached(id)).toBeUndefined();

    away = false;
    expect(cache.cached(id)).toEqual({ signInId: 7, seenAt: 1 });
  });
});

describeWith('redis-server', 'sessions in Redis', () => {
  let stores: Stores;
  let clients: Redis[] = [];
  beforeAll(async () => {
    const server = await startRedisServer();
    const raw = new Redis(server.url);
    clients = [raw, new Redis(server.url)];
    const [store, other] = clients.map(createRedisSessionStore);
    if (!store || !other) throw new Error('two are needed');
    stores = { store, other, damage: (id, text) => raw.set(id, text) };
    return async () => {
      for (const client of clients) client.disconnect();
      await server.stop();
    };
  });

  suite(() => stores);

  it('leave nothing in Redis that never expires', async () => {
    const id = newId();
    await stores.store.set(id, {}, HOUR_MS);
    await stores.store.destroy(newId());

    const [client] = clients;
    for (const key of (await client?.keys('*')) ?? []) expect(await client?.pttl(key), key).toBeGreaterThan(0);
  });

  it('are unavailable without Redis, in bounded time', async () => {
    const server = await startRedisServer();
    const client = new Redis(server.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 500 });
    client.on('error', () => {});
    await expect.poll(() => client.status).toBe('ready');
    const store = createRedisSessionStore(client);
    server.signal('SIGSTOP'); // it hangs, which is worse than being gone

    const began = performance.now();
    for (const asked of [store.get(newId()), store.set(newId(), {}, HOUR_MS), store.destroy(newId())]) {
      await expect(asked).rejects.toThrow(Unavailable);
    }

    expect(performance.now() - began).toBeLessThan(8_000);
    client.disconnect();
    await server.stop();
  });
});

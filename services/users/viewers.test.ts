import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../models/index.js';
import { migrate } from '../../models/migrate.js';
import { startRedisServer, type RedisServer } from '../../tests/support/redis-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { Unavailable } from '../errors.js';
import { insertUser } from './user-service.js';
import { createCachedViewers, createViewers, type Viewers } from './viewers.js';

let dir: string;
let database: Database;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-viewers-'));
  database = openDatabase(join(dir, 'test.sqlite'));
  await migrate(database);
});
afterAll(async () => {
  await database.close();
  rmSync(dir, { recursive: true });
});

let count = 0;
async function insert(): Promise<number> {
  count += 1;
  const { models } = database;
  const fields = { username: `user${count}`, email: `user${count}@example.com`, passwordHash: 'none' };
  return (await models.write((transaction) => insertUser(models, fields, transaction))).id;
}
/** A change as a service makes it. */
const rename = (id: number, name: string) =>
  database.models.write((transaction) => database.models.User.update({ name }, { where: { id }, transaction }));

describe('createViewers', () => {
  it('reads everything of a person but the password', async () => {
    const id = await insert();
    const viewer = await createViewers({ models: database.models }).find(id);

    expect(viewer).toMatchObject({ id, username: `user${count}`, role: 'user', isActive: true, sessionEpoch: 0 });
    expect(viewer?.createdAt).toBeInstanceOf(Date);
    expect(viewer).not.toHaveProperty('passwordHash');
  });

  it('knows nobody by an id that nobody has', async () => {
    expect(await createViewers({ models: database.models }).find(987_654)).toBeUndefined();
  });
});

describeWith('redis-server', 'createCachedViewers', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedisServer();
    redis = new Redis(server.url, { maxRetriesPerRequest: 1, enableOfflineQueue: true, commandTimeout: 500 });
    redis.on('error', () => {});
    return async () => {
      redis.disconnect();
      await server.stop();
    };
  });

  /** How often the database was asked. */
  let reads: number;
  let here: Viewers;
  let there: Viewers;
  beforeEach(() => {
    reads = 0;
    const stored = createViewers({ models: database.models });
    const direct: Viewers = {
      ...stored,
      find: (id) => {
        reads += 1;
        return stored.find(id);
      },
    };
    [here, there] = [createCachedViewers({ redis, direct }), createCachedViewers({ redis, direct })];
  });

  it('asks the database no more once it knows a person', async () => {
    const id = await insert();
    for (let time = 0; time < 5; time += 1) expect(await here.find(id)).toMatchObject({ id });

    expect(reads).toBeLessThanOrEqual(2);
  });

  it('shows a change in every process as soon as it has been made', async () => {
    const id = await insert();
    for (const viewers of [here, here, there, there]) await viewers.find(id);

    await here.changing(id, () => rename(id, 'Changed'));

    expect(await here.find(id)).toMatchObject({ name: 'Changed' });
    expect(await there.find(id)).toMatchObject({ name: 'Changed' });
  });

  it('remembers nothing that it reads while the person is being changed', async () => {
    const id = await insert();
    await there.find(id);

    await here.changing(id, async () => {
      expect(await there.find(id)).toMatchObject({ name: null });
      await rename(id, 'Changed');
      expect(await there.find(id)).toMatchObject({ name: 'Changed' });
    });

    expect(await there.find(id)).toMatchObject({ name: 'Changed' });
  });

  it('remembers nothing before the last of several changes is over, nor when its process dies in it', async () => {
    const id = await insert();
    let endFirst = () => {};
    const first = here.changing(id, () => new Promise<void>((resolve) => (endFirst = resolve)));
    // A writer whose process ends before it can say that it is done: its mark stays.
    const never = there.changing(id, async () => {
      await there.find(id); // so that the mark is there
      endFirst();
      await first;
      for (let time = 0; time < 3; time += 1) await here.find(id);
      await rename(id, 'Changed by the dead');
      return new Promise<never>(() => {});
    });
    await first;
    void never;

    await expect.poll(async () => (await here.find(id))?.name).toBe('Changed by the dead');
  });

  it('sets a version again when a change fails', async () => {
    const id = await insert();

    await expect(here.changing(id, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');

    await here.find(id);
    const before = reads;
    await here.find(id);
    expect(reads).toBe(before);
  });

  it('knows a person who was made after somebody had asked for the id', async () => {
    const next = (await insert()) + 1;
    expect(await here.find(next)).toBeUndefined();
    expect(await there.find(next)).toBeUndefined();

    expect(await insert()).toBe(next);

    expect(await here.find(next)).toMatchObject({ id: next });
    expect(await there.find(next)).toMatchObject({ id: next });
  });

  it('keeps nothing in Redis for ids that nobody has', async () => {
    for (let id = 500_000; id < 500_020; id += 1) await here.find(id);

    expect(await redis.keys('*:5000*')).toEqual([]);
  });

  it('is unavailable without Redis, for reading and for changing, and then changes nothing', async () => {
    const own = await startRedisServer();
    const client = new Redis(own.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 500 });
    client.on('error', () => {});
    await expect.poll(() => client.status).toBe('ready');
    const viewers = createCachedViewers({ redis: client, direct: createViewers({ models: database.models }) });
    const id = await insert();
    await own.stop();

    await expect(viewers.find(id)).rejects.toThrow(Unavailable);
    await expect(viewers.changing(id, () => rename(id, 'Changed'))).rejects.toThrow(Unavailable);
    expect(await there.find(id)).toMatchObject({ name: null });
    client.disconnect();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../models/index.js';
import { migrate } from '../../models/migrate.js';
import { insertUser } from './user-rows.js';
import { userKey } from '../cache/invalidation.js';
import { createViewers, type Viewers } from './viewers.js';

let dir: string;
/** Two processes as far as the database can tell. */
let here: Database;
let there: Database;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-viewers-'));
  here = openDatabase(join(dir, 'test.sqlite'));
  await migrate(here);
  there = openDatabase(join(dir, 'test.sqlite'));
});
afterAll(async () => {
  await here.close();
  await there.close();
  rmSync(dir, { recursive: true });
});

let count = 0;
async function insert(): Promise<number> {
  count += 1;
  const fields = { username: `user${count}`, email: `user${count}@example.com`, passwordHash: 'none' };
  return (await here.models.write((transaction) => insertUser(here.models, fields, transaction))).id;
}

/** A change as a service makes it. */
const rename = ({ models }: Database, id: number, name: string) =>
  models.write((transaction) => transaction.execute('UPDATE users SET name = ? WHERE id = ?', name, id), [userKey(id)]);

describe('createViewers', () => {
  let reads: number;
  let viewers: Viewers;
  beforeEach(() => {
    reads = 0;
    const { models } = here;
    const find: typeof models.users.find = (id) => {
      reads += 1;
      return models.users.find(id);
    };
    viewers = createViewers({ models: { ...models, users: { ...models.users, find } } });
  });

  it('reads everything of a person but the password', async () => {
    const id = await insert();
    const viewer = await viewers.find(id);

    expect(viewer).toMatchObject({ id, username: `user${count}`, role: 'user', isActive: true });
    expect(viewer?.createdAt).toBeInstanceOf(Date);
    expect(viewer).not.toHaveProperty('passwordHash');
  });

  it('reads a person once while nothing changes', async () => {
    const id = await insert();
    await viewers.find(id);
    await viewers.find(id);
    expect(reads).toBe(1);
  });

  it.each(['here', 'there'])('shows a change made %s as soon as it has been answered', async (where) => {
    const id = await insert();
    await viewers.find(id);
    await rename(where === 'here' ? here : there, id, 'Changed');
    expect((await viewers.find(id))?.name).toBe('Changed');
  });

  it('caches nothing that it reads while a change is in flight', async () => {
    const id = await insert();
    await there.models.write(
      async (transaction) => {
        await transaction.execute('UPDATE users SET name = ? WHERE id = ?', 'Changed', id);
        expect((await viewers.find(id))?.name).toBeNull();
      },
      [userKey(id)],
    );
    expect((await viewers.find(id))?.name).toBe('Changed');
  });

  it('goes on from the old state after a change that was refused', async () => {
    const id = await insert();
    await viewers.find(id);
    const refused = here.models.write(() => Promise.reject(new Error('refused')), [userKey(id)]);
    await expect(refused).rejects.toThrow('refused');
    expect((await viewers.find(id))?.username).toBe(`user${count}`);
  });

  it('finds an account whose id was looked up before it existed', async () => {
    const next = (await insert()) + 1;
    expect(await viewers.find(next)).toBeUndefined();
    await insert();
    expect(await viewers.find(next)).toMatchObject({ username: `user${count}` });
  });
});

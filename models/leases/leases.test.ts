import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../index.js';
import { migrate } from '../migrate.js';

const HOUR_MS = 3_600_000;

let dir: string;
let here: Database;
let there: Database;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-leases-'));
  here = openDatabase(join(dir, 'test.sqlite'));
  there = openDatabase(join(dir, 'test.sqlite'));
  await migrate(here);
});
afterEach(async () => {
  await Promise.all([here.close(), there.close()]);
  rmSync(dir, { recursive: true });
});

describe('a lease', () => {
  it('is taken by one of many processes that try at once', async () => {
    const takers = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? here : there).models.leases.take('jobs', `process ${index}`, HOUR_MS),
    );

    const taken = (await Promise.all(takers)).filter((lease) => lease !== undefined);

    expect(taken).toHaveLength(1);
    expect(await here.models.leases.find('jobs')).toEqual(taken[0]);
  });

  it('lasts as long as was asked for, by the clock, and longer when its holder takes it again', async () => {
    const before = Date.now();
    const first = await here.models.leases.take('jobs', 'one', HOUR_MS);
    const again = await here.models.leases.take('jobs', 'one', 2 * HOUR_MS);

    expect(first?.expiresAt).toBeGreaterThanOrEqual(before + HOUR_MS);
    expect(first?.expiresAt).toBeLessThanOrEqual(Date.now() + HOUR_MS);
    expect(again?.expiresAt).toBeGreaterThanOrEqual(before + 2 * HOUR_MS);
    expect(await there.models.leases.find('jobs')).toEqual(again);
  });

  it('is free once it has expired', async () => {
    await here.models.leases.take('jobs', 'one', 1);

    await expect.poll(() => there.models.leases.find('jobs')).toBeUndefined();
    expect(await there.models.leases.take('jobs', 'two', HOUR_MS)).toMatchObject({ holder: 'two' });
    expect(await here.models.leases.take('jobs', 'one', HOUR_MS)).toBeUndefined();
  });

  it('is released by its holder and by no other process', async () => {
    await here.models.leases.take('jobs', 'one', HOUR_MS);
    await there.models.leases.release('jobs', 'two');
    expect(await there.models.leases.find('jobs')).toMatchObject({ holder: 'one' });

    await here.models.leases.release('jobs', 'one');
    expect(await there.models.leases.find('jobs')).toBeUndefined();
  });

  it('is none of those of other names', async () => {
    await here.models.leases.take('jobs', 'one', HOUR_MS);
    expect(await there.models.leases.take('other', 'two', HOUR_MS)).toMatchObject({ holder: 'two' });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadLane, type LaneOptions } from './read-lane.js';
import { SqliteConnection } from './connection.js';

/** Never ends by itself. */
const ENDLESS = 'WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';
const ONE = 'SELECT ? AS one';
const WATCH_MS = 20;

let dir: string;
let lane: ReadLane;
let watching: NodeJS.Timeout;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-lane-'));
});
afterEach(async () => {
  await lane.close();
  clearInterval(watching);
  rmSync(dir, { recursive: true });
});

function openLane(options: Partial<LaneOptions>): ReadLane {
  const open = () =>
    new Promise<SqliteConnection>((resolve, reject) => {
      const file = join(dir, 'test.sqlite');
      const database = new SqliteConnection(file, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE, (error) =>
        error ? reject(error) : resolve(database),
      );
    });
  lane = new ReadLane(open, { connections: 1, perConnection: 1, deadlineMs: 60_000, maxWaiting: 3, ...options });
  watching = setInterval(() => lane.watch(), WATCH_MS);
  return lane;
}

const one = () => lane.run<{ one: number }>(ONE, [1]);

describe('a read that takes too long', () => {
  it('ends at its deadline, and the connection reads on', async () => {
    openLane({ deadlineMs: 200 });

    await expect(lane.run(ENDLESS, [])).rejects.toMatchObject({ reason: 'deadline' });

    expect(await one()).toEqual([{ one: 1 }]);
    await expect(lane.run(ENDLESS, [])).rejects.toMatchObject({ reason: 'deadline' });
    expect(await one()).toEqual([{ one: 1 }]);
  });

  it('ends when its own time is over', async () => {
    openLane({});

    await expect(lane.run(ENDLESS, [], { timeoutMs: 30 })).rejects.toMatchObject({ reason: 'timeout' });

    expect(await one()).toEqual([{ one: 1 }]);
  });

  it('ends when its signal aborts, and so do those that wait with it', async () => {
    openLane({});
    const controller = new AbortController();
    const reads = [1, 2].map(() => lane.run(ENDLESS, [], { signal: controller.signal }));
    const ended = Promise.allSettled(reads);
    const next = one();

    controller.abort();

    expect(await ended).toMatchObject(reads.map(() => ({ reason: { reason: 'aborted' } })));
    expect(await next).toEqual([{ one: 1 }]);
    await expect(lane.run(ONE, [1], { signal: controller.signal })).rejects.toMatchObject({ reason: 'aborted' });
  });

  it('takes nothing from a read beside it on the same connection', async () => {
    openLane({ perConnection: 2 });
    await one();
    const long = lane.run(ENDLESS, [], { timeoutMs: 50 });
    const beside = Array.from({ length: 3 }, one);

    await expect(long).rejects.toMatchObject({ reason: 'timeout' });

    for (const read of beside) expect(await read).toEqual([{ one: 1 }]);
  });

  it('holds up nothing on another connection', async () => {
    openLane({ connections: 2 });
    const controller = new AbortController();
    const long = lane.run(ENDLESS, [], { signal: controller.signal });

    expect(await one()).toEqual([{ one: 1 }]);

    controller.abort();
    await expect(long).rejects.toMatchObject({ reason: 'aborted' });
  });
});

describe('a lane', () => {
  it('refuses what it has no room for, and rejects what waits for longer than its deadline', async () => {
    openLane({ deadlineMs: 300 });
    const reads = Array.from({ length: 4 }, () => lane.run(ENDLESS, []));
    const ended = Promise.allSettled(reads);

    await expect(one()).rejects.toMatchObject({ reason: 'queue full' });

    expect(await ended).toMatchObject(reads.map(() => ({ reason: { reason: 'deadline' } })));
    expect(await one()).toEqual([{ one: 1 }]);
  });

  it('reports an error of SQL to the read that has it, and reads on', async () => {
    openLane({});

    await expect(lane.run('SELECT absent', [])).rejects.toThrow(/no such column/);

    expect(await one()).toEqual([{ one: 1 }]);
  });

  it('prepares any number of different statements', async () => {
    openLane({ maxWaiting: 1_000 });
    const numbers = Array.from({ length: 500 }, (_, index) => index);

    const rows = await Promise.all(numbers.map((number) => lane.run<{ n: number }>(`SELECT ${number} AS n`, [])));

    expect(rows.flat().map(({ n }) => n)).toEqual(numbers);
  });
});

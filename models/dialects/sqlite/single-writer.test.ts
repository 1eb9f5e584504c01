import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../index.js';

let dir: string;
/** Two processes as far as SQLite can tell: each has connections of its own. */
let here: Database;
let there: Database;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-writer-'));
  [here, there] = [openDatabase(join(dir, 'test.sqlite')), openDatabase(join(dir, 'test.sqlite'))];
  await here.sequelize.query(
    'CREATE TABLE stock (id INTEGER PRIMARY KEY, items INTEGER NOT NULL, sold INTEGER NOT NULL)',
  );
  await here.sequelize.query('CREATE TABLE log (id INTEGER PRIMARY KEY, stock_id INTEGER NOT NULL REFERENCES stock)');
  await here.sequelize.query('INSERT INTO stock VALUES (1, 50, 0)');
});
afterEach(async () => {
  await Promise.all([here.close(), there.close()]);
  rmSync(dir, { recursive: true });
});

interface Stock {
  items: number;
  sold: number;
}
async function stock({ engine }: Database): Promise<Stock | undefined> {
  const [row] = await engine.read<Stock>('SELECT items, sold FROM stock');
  return row;
}

/** Reads, waits and writes: correct only if there is no other write in between. */
function buy({ models }: Database): Promise<boolean> {
  return models.write(async (transaction) => {
    const [row] = await transaction.select<Stock>('SELECT items, sold FROM stock');
    if (!row || row.items === 0) return false;
    await transaction.execute('UPDATE stock SET items = ?, sold = ?', row.items - 1, row.sold + 1);
    return true;
  });
}

describe('write', () => {
  it('sells every item once to many buyers in two processes', async () => {
    const bought = await Promise.all(Array.from({ length: 120 }, (_, index) => buy(index % 2 ? here : there)));

    expect(bought.filter(Boolean)).toHaveLength(50);
    expect(await stock(here)).toEqual({ items: 0, sold: 50 });
    expect(await stock(there)).toEqual({ items: 0, sold: 50 });
  });

  it('writes all or nothing', async () => {
    const failing = here.models.write(async (transaction) => {
      await transaction.execute('UPDATE stock SET items = 0');
      throw new Error('changed my mind');
    });

    await expect(failing).rejects.toThrow('changed my mind');
    expect(await stock(here)).toEqual({ items: 50, sold: 0 });
    expect(await buy(here)).toBe(true);
  });

  it('goes on after failures, however many', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 ? buy(here) : here.models.write((transaction) => transaction.execute('no SQL at all')),
      ),
    );

    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    expect(await stock(here)).toEqual({ items: 30, sold: 20 });
  });

  it('commits together what waits together, and undoes nothing but the one that failed', async () => {
    const committed = new Set<number | undefined>(); // what another process sees while one of them runs
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        here.models.write(async (transaction) => {
          committed.add((await stock(there))?.items);
          await transaction.execute('UPDATE stock SET items = items - 1');
          if (index % 5 === 4) throw new Error('changed my mind');
          return index;
        }),
      ),
    );

    const survivors = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    expect(survivors).toEqual(Array.from({ length: 50 }, (_, index) => index).filter((index) => index % 5 !== 4));
    expect(await stock(there)).toMatchObject({ items: 10 });
    expect(committed.size).toBe(4); // before the first, which found an empty queue, and before twenty, twenty and nine
  });

  /** The first write is alone; the others wait for it, and are in one transaction then. */
  async function together(...texts: string[]) {
    const write = (sql: string) =>
      here.models.write(async (transaction) => {
        for (const one of sql.split(';')) await transaction.execute(one);
      });
    const [, ...others] = await Promise.allSettled(['UPDATE stock SET sold = 1', ...texts].map(write));
    return others.map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).name);
  }

  it('does none of what was written together when one of it has ended the transaction', async () => {
    const twice = 'INSERT OR ROLLBACK INTO log (id, stock_id) SELECT 1, 1 UNION ALL SELECT 1, 1';
    const errors = await together('UPDATE stock SET items = 7', twice, 'UPDATE stock SET items = 8');

    expect(errors).toEqual(['DatabaseBusy', 'UniqueViolation', 'DatabaseBusy']);
    expect(await stock(there)).toEqual({ items: 50, sold: 1 });
    expect(await buy(here)).toBe(true);
  });

  it('writes nothing when the commit fails, and rejects every write of it', async () => {
    const orphan = 'PRAGMA defer_foreign_keys=ON;INSERT INTO log (stock_id) VALUES (99)';
    const errors = await together('UPDATE stock SET items = 7', orphan, 'UPDATE stock SET items = 8');

    expect(errors).toEqual(Array(3).fill('Error'));
    expect(await stock(there)).toEqual({ items: 50, sold: 1 });
    expect(await buy(here)).toBe(true);
  });

  it('shows readers the previous state until it commits, without making them wait', async () => {
    let seen: Stock | undefined;
    await here.models.write(async (transaction) => {
      await transaction.execute('UPDATE stock SET items = 7');
      seen = await stock(there);
    });

    expect(seen).toMatchObject({ items: 50 });
    expect(await stock(there)).toMatchObject({ items: 7 });
  });

  it('is seen by the reads of its own process as soon as it is done', async () => {
    for (let items = 1; items < 30; items += 1) {
      await here.models.write((transaction) => transaction.execute('UPDATE stock SET items = ?', items));
      expect(await here.engine.read('SELECT items FROM stock')).toEqual([{ items }]);
      expect(await there.engine.read('SELECT items FROM stock')).toEqual([{ items }]);
    }
  });

  it('holds every connection to foreign keys', async () => {
    for (const { models } of [here, there]) {
      const broken = models.write((transaction) => transaction.execute('INSERT INTO log (stock_id) VALUES (99)'));
      await expect(broken).rejects.toThrow(/FOREIGN KEY/);
    }
  });

  it('lets reads work while it does', async () => {
    const mode = await here.engine.read('PRAGMA journal_mode');

    expect(mode).toEqual([{ journal_mode: 'wal' }]);
  });
});

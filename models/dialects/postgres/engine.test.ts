import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgresServer, type PostgresServer } from '../../../tests/support/postgres-server.js';
import { until } from '../../../tests/support/until.js';
import { openDatabase, type Database } from '../../index.js';
import { migrate } from '../../migrate.js';
import { migrationsOf } from '../../migrations/index.js';

let server: PostgresServer;
let url: string;
let dir: string;
/** Two processes as far as PostgreSQL can tell. */
let here: Database;
let there: Database;
beforeAll(async () => {
  server = await startPostgresServer();
  url = await server.createDatabase('engine');
  dir = mkdtempSync(join(tmpdir(), 'allium-engine-'));
  const location = { url, versionsFile: join(dir, 'postgres') };
  [here, there] = [openDatabase(location), openDatabase(location)];
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  await server.stop();
  rmSync(dir, { recursive: true });
});

const one = async (sql: string, ...parameters: (string | number)[]) => (await here.engine.read(sql, ...parameters))[0];

describe('migrations', () => {
  it('run once, also when several processes start together', async () => {
    const done = await Promise.all([migrate(here), migrate(there), migrate(here)]);

    expect(done.flat()).toEqual(migrationsOf('postgres').map(({ name }) => name));
    expect(await one('SELECT count(*) AS count FROM categories')).toEqual({ count: 4 });
  });

  it('can be taken back', async () => {
    const schema = here.sequelize.getQueryInterface();
    await here.sequelize.transaction(async (transaction) => {
      for (const { down } of migrationsOf('postgres').toReversed()) await down({ schema, transaction });
    });
    expect(await schema.showAllTables()).toEqual(['migrations']);
    await here.sequelize.transaction(async (transaction) => {
      for (const { up } of migrationsOf('postgres')) await up({ schema, transaction });
    });
  });
});

describe('a write', () => {
  beforeEach(async () => {
    await here.sequelize.query('DROP TABLE IF EXISTS stock');
    await here.sequelize.query('CREATE TABLE stock (id INTEGER PRIMARY KEY, items INTEGER NOT NULL UNIQUE)');
    await here.sequelize.query('INSERT INTO stock VALUES (1, 50)');
  });
  const buy = ({ engine }: Database) =>
    engine.write(async (transaction) => {
      const [row] = await transaction.select<{ items: number }>('SELECT items FROM stock WHERE id = ? FOR UPDATE', 1);
      if (!row || row.items === 0) return false;
      await transaction.execute('UPDATE stock SET items = ? WHERE id = ?', row.items - 1, 1);
      return true;
    });

  it('sells every item once to many buyers in two processes', async () => {
    const bought = await Promise.all(Array.from({ length: 120 }, (_, index) => buy(index % 2 ? here : there)));

    expect(bought.filter(Boolean)).toHaveLength(50);
    expect(await one('SELECT items FROM stock')).toEqual({ items: 0 });
  });

  it('is all or nothing', async () => {
    const failing = here.engine.write(async (transaction) => {
      await transaction.execute('UPDATE stock SET items = 0');
      throw new Error('changed my mind');
    });

    await expect(failing).rejects.toThrow('changed my mind');
    expect(await one('SELECT items FROM stock')).toEqual({ items: 50 });
  });

  it('fails when a statement in it has failed, even if that was caught', async () => {
    const failing = here.engine.write(async (transaction) => {
      await transaction.execute('UPDATE stock SET items = 7');
      await transaction.execute('no SQL at all').catch(() => {});
    });

    await expect(failing).rejects.toThrow('a statement of the transaction has failed');
    expect(await one('SELECT items FROM stock')).toEqual({ items: 50 });
  });

  it('names the columns of a value that another row has', async () => {
    const failing = here.engine.write((transaction) => transaction.execute('INSERT INTO stock VALUES (?, ?)', 2, 50));

    await expect(failing).rejects.toMatchObject({ name: 'UniqueViolation', columns: ['items'] });
  });

  it('runs again after a deadlock', async () => {
    await here.sequelize.query('INSERT INTO stock VALUES (2, 60)');
    const attempts: number[] = [];
    let both: () => void;
    const met = new Promise<void>((resolve) => (both = resolve));
    let arrived = 0;
    const move = (first: number, second: number) =>
      here.engine.write(async (transaction) => {
        attempts.push(first);
        await transaction.execute('UPDATE stock SET items = items + 100 WHERE id = ?', first);
        if (++arrived === 2) both();
        await met;
        await transaction.execute('UPDATE stock SET items = items - 100 WHERE id = ?', second);
      });
    await Promise.all([move(1, 2), move(2, 1)]);

    expect(attempts).toHaveLength(3);
    expect(await here.engine.read('SELECT items FROM stock ORDER BY id')).toEqual([{ items: 50 }, { items: 60 }]);
  });

  it('waits for another that holds the lock of a name', async () => {
    const order: string[] = [];
    const locked = (who: string, database: Database) =>
      database.engine.write(async (transaction) => {
        await transaction.lock('administrators');
        order.push(`${who} begins`);
        await transaction.select('SELECT pg_sleep(0.05)');
        order.push(`${who} ends`);
      });
    await Promise.all([locked('here', here), locked('there', there)]);

    expect(order.map((entry) => entry.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  });
});

describe('a read', () => {
  const FOREVER = 'SELECT pg_sleep(60)';

  it('returns numbers, booleans and times as SQLite does', async () => {
    const sql = `SELECT CAST(9007199254740991 AS BIGINT) AS id, sum(x) AS sum, true AS yes,
      TIMESTAMPTZ '2026-11-20 10:25:04.35+08' AS time FROM (VALUES (1), (2)) AS numbers (x)`;
    expect(await one(sql)).toEqual({
      id: Number.MAX_SAFE_INTEGER,
      sum: 3,
      yes: true,
      time: '2026-11-20T02:25:04.350Z',
    });
  });

  it('ends when its time is over, when its client leaves, and at the deadline', async () => {
    const controller = new AbortController();
    const leaving = here.engine.readLong({ signal: controller.signal }, FOREVER).catch((error: unknown) => error);
    const running = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
    await until('the statement runs', async () => (await here.engine.read(running)).length > 0);
    controller.abort();
    expect(await leaving).toMatchObject({ reason: 'aborted' });
    await expect(here.engine.readLong({ timeoutMs: 30 }, FOREVER)).rejects.toMatchObject({ reason: 'timeout' });
    await expect(here.engine.readLong({}, FOREVER)).rejects.toMatchObject({ reason: 'deadline' });
    expect(await here.engine.readLong({}, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is not held up by long ones, and waits no longer than its deadline', async () => {
    const long = Array.from({ length: 3 }, () => here.engine.readLong({}, FOREVER).catch((error: unknown) => error));
    expect(await one('SELECT 1 AS one')).toEqual({ one: 1 });

    expect(await Promise.all(long)).toEqual(Array(3).fill(expect.objectContaining({ reason: 'deadline' })));
  });

  it('works again after the server has restarted its connections', async () => {
    const kill = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()';
    await there.engine.read(kill).catch(() => {});

    const answers = await until('both databases answer', async () => {
      await here.engine.write((transaction) => transaction.execute('SELECT 1'));
      return Promise.all([here, there].map(({ engine }) => engine.read('SELECT 1 AS one')));
    });
    expect(answers).toEqual([[{ one: 1 }], [{ one: 1 }]]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../index.js';
import { migrate } from '../../migrate.js';

it('answers stats from indexes alone', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'allium-stats-'));
  const asked: string[] = [];
  const database = openDatabase(join(dir, 'test.sqlite'), (engine) => ({
    ...engine,
    readLong: (options, sql, ...parameters) => {
      asked.push(sql);
      return engine.readLong(options, sql, ...parameters);
    },
  }));
  try {
    await migrate(database);
    const { stats } = database.models;
    await Promise.all([
      stats.byStatus(),
      stats.postsByDay('2026-11-20'),
      stats.likesByDay('2026-11-20'),
      stats.commentsByDay('2026-11-20'),
    ]);
    expect(asked).toHaveLength(5);
    for (const sql of asked) {
      const parameters = sql.includes('?') ? ['2026'] : [];
      const [plan] = await database.engine.read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...parameters);
      expect(plan?.detail, sql).toMatch(/COVERING INDEX/);
    }
  } finally {
    await database.close();
    rmSync(dir, { recursive: true });
  }
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../index.js';
import { migrate } from '../../migrate.js';

it('finds the parts of a sitemap and their entries by key, without a sort', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'allium-sitemap-'));
  const asked: [string, number][] = [];
  const database = openDatabase(join(dir, 'test.sqlite'), (engine) => ({
    ...engine,
    readLong: (options, sql, ...parameters) => {
      asked.push([sql, parameters.length]);
      return engine.readLong(options, sql, ...parameters);
    },
  }));
  try {
    await migrate(database);
    const { sitemap } = database.models;
    await sitemap.parts();
    for (const kind of ['posts', 'tags', 'profiles'] as const) await sitemap.entries({ kind, part: 7 });

    expect(asked).toHaveLength(6);
    for (const [sql, parameters] of asked) {
      const bound = Array<number>(parameters).fill(0);
      const plan = await database.engine.read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...bound);
      const steps = plan.map(({ detail }) => detail).filter((detail) => !/parts/.test(detail));
      expect(
        steps.filter((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(step)),
        sql,
      ).toEqual([]);
      const indexes = steps.filter((step) => / s USING .*posts_for_sitemap/.test(step));
      expect(indexes.every((step) => step.includes('COVERING')) && indexes.length > 0, sql).toBe(
        sql.includes('FROM posts s'),
      );
    }
  } finally {
    await database.close();
    rmSync(dir, { recursive: true });
  }
});

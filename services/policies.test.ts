import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ACTIONS, mayDo, policyTable, WHO } from '../tests/support/policy-table.js';

const ROOT = join(import.meta.dirname, '..');

it('docs/security.md shows who may do what as the policies decide it', () => {
  const lines = readFileSync(join(ROOT, 'docs/security.md'), 'utf8').split('\n');
  const rows = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1));
  const cells = rows.map((row) => row.map((cell) => cell.trim()));
  const start = cells.findIndex(([first]) => first === 'action');
  const end = cells.findIndex((row, index) => index > start && row.length !== cells[start]?.length);

  const shown = cells.slice(start, end === -1 ? undefined : end).filter(([first]) => !/^-+$/.test(first ?? ''));
  expect(shown).toEqual(policyTable());
});

it('the table has a row for every rule of every policy', async () => {
  const files = readdirSync(join(ROOT, 'services'), { recursive: true, encoding: 'utf8' });
  const policies = files
    .filter((file) => file.endsWith('-policy.ts'))
    .map((file) => import(join(ROOT, 'services', file)));
  const rules = (await Promise.all(policies)).flatMap((module: Record<string, object>) =>
    Object.entries(module).flatMap(([policy, decisions]) => Object.keys(decisions).map((rule) => `${policy}.${rule}`)),
  );

  expect([...new Set(ACTIONS.map(({ rule }) => rule as string))].toSorted()).toEqual(rules.toSorted());
});

it('each role may do what the one before it may', () => {
  for (const { name } of ACTIONS) {
    for (const whose of ['own', 'other’s'] as const) {
      const may = WHO.map((who) => mayDo(name, who, who === 'anonymous' ? 'other’s' : whose));
      expect(may, `${name}, ${whose}`).toEqual(may.toSorted((a, b) => Number(a) - Number(b)));
    }
  }
});

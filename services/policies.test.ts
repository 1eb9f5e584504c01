import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { ROLES } from '../models/users/user.js';
import { ANONYMOUS, BOTH, mayDo, WHO, type Action, type Who, type Whose } from '../tests/support/access.js';
import { ACTIONS } from '../tests/support/access-table.js';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/permissions.md');

/** `npx vitest run services/policies.test.ts -u` writes it. */
it('docs/permissions.md shows who may do what as the policies decide it', async () => {
  const columns: [Who, Whose][] = [
    [ANONYMOUS, 'other’s'],
    ...ROLES.flatMap((role) => BOTH.map((whose): [Who, Whose] => [role, whose])),
  ];
  const titles = columns.map(([who, whose]) => (who === ANONYMOUS ? who : `${who}, ${whose}`));
  const marks = (decided: Action) => columns.map(([who, whose]) => (mayDo(decided, who, whose) ? 'yes' : '–'));
  const rows = [
    ['action', ...titles],
    ['-', ...titles.map(() => '-')],
    ...ACTIONS.map((decided) => [decided.name, ...marks(decided)]),
  ];
  const page = [
    '# Who may do what',
    'Made from the policies (`services/*/*-policy.ts`), for rows of one’s own and of others.',
    rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
  ].join('\n\n');

  const options = { ...(await resolveConfig(PAGE)), filepath: PAGE };
  await expect(await format(page, options)).toMatchFileSnapshot(PAGE);
});

it('has an action for every rule of every policy', async () => {
  const files = readdirSync(join(ROOT, 'services'), { recursive: true, encoding: 'utf8' });
  const policies = await Promise.all(
    files
      .filter((file) => file.endsWith('-policy.ts'))
      .map(async (file) => (await import(join(ROOT, 'services', file))) as Record<string, Record<string, object>>),
  );
  const rules = policies.flatMap((module) =>
    Object.entries(module).flatMap(([policy, decisions]) =>
      Object.entries(decisions).map(([name, rule]) => ({ name: `${policy}.${name}`, rule })),
    ),
  );

  expect(rules.filter(({ rule }) => !ACTIONS.some((decided) => decided.rule === rule))).toEqual([]);
  expect(rules.length).toBeGreaterThan(15);
});

it('gives each action a name of its own', () => {
  const names = ACTIONS.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

it('each role may do what the one before it may', () => {
  for (const decided of ACTIONS) {
    for (const whose of BOTH) {
      const may = WHO.map((who) => mayDo(decided, who, who === ANONYMOUS ? 'other’s' : whose));
      expect(may, `${decided.name}, ${whose}`).toEqual(may.toSorted((a, b) => Number(a) - Number(b)));
    }
  }
});

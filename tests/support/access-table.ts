import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Access, Action } from './access.js';

const FOLDER = join(import.meta.dirname, '../access');
const all = await Promise.all(
  readdirSync(FOLDER)
    .toSorted()
    .map(async (file) => ((await import(join(FOLDER, file))) as { access: Access }).access),
);

/** The cases of every route. */
export const CASES: Access['routes'] = Object.fromEntries(all.flatMap(({ routes }) => Object.entries(routes)));

/** Every action that a policy decides about. */
export const ACTIONS: readonly Action[] = [
  ...new Set(
    all.flatMap(({ routes, alsoDecided = [] }) => [
      ...Object.values(routes)
        .flat()
        .flatMap((tried) => (typeof tried.action === 'string' ? [] : [tried.action])),
      ...alsoDecided,
    ]),
  ),
];

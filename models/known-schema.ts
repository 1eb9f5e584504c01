import { migrationsOf } from './migrations/index.js';

/** The database is one that this version must not touch. */
export class UnknownSchema extends Error {
  override readonly name = 'UnknownSchema';
  constructor(
    /** Whether a later version of ours has migrated it, or it is of another program. */
    readonly code: 'NEWER_DATABASE' | 'FOREIGN_DATABASE',
  ) {
    super(code);
  }
}

/**
 * @param tables of the database, with at least one.
 * @param executed the names in its table `migrations`.
 * @throws UnknownSchema
 */
export function requireKnownMigrations(dialect: string, tables: readonly string[], executed: readonly string[]): void {
  const known = new Set(migrationsOf(dialect).map(({ name }) => name));
  const isEmpty = tables.length === 1 && tables[0] === 'migrations' && executed.length === 0;
  const isOurs = isEmpty || executed.some((name) => known.has(name));
  if (!isOurs) throw new UnknownSchema('FOREIGN_DATABASE');
  if (executed.some((name) => !known.has(name))) throw new UnknownSchema('NEWER_DATABASE');
}

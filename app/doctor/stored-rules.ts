import { existsSync } from 'node:fs';
import { openDatabase, type DatabaseLocation } from '../../models/index.js';
import { pendingMigrations } from '../../models/migrate.js';
import type { StoredPassword } from '../../models/users/users.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { listed, type Rule } from './rule.js';

/** What the rules check in the database. */
export interface Stored {
  pendingMigrations: readonly string[];
  administrators: number;
  /** Administrators with a password that attackers try first. */
  guessable: readonly string[];
}

const TRIED_FIRST = ['password', '12345678', 'admin123', 'changeme', 'administrator'];
const isFirst = (name: string) => name === '0001-users' || name === '0008-postgres-baseline';
/** Each password tried takes as long as a sign-in. */
const MAX_TRIED = 3;

/** Changes nothing, and makes no database where there is none. */
export async function readStored(location: DatabaseLocation): Promise<Stored> {
  if (typeof location === 'string' && !existsSync(location))
    return { pendingMigrations: [], administrators: 0, guessable: [] };
  const database = openDatabase(location);
  try {
    const pending = await pendingMigrations(database.sequelize);
    if (pending.some(isFirst)) return { pendingMigrations: pending, administrators: 0, guessable: [] };
    const admins = await database.models.users.activeAdministrators();
    return { pendingMigrations: pending, administrators: admins.length, guessable: await guessable(admins) };
  } finally {
    await database.close();
  }
}

async function guessable(admins: readonly Pick<StoredPassword, 'username' | 'passwordHash'>[]): Promise<string[]> {
  const passwords = createPasswordHasher();
  const found: string[] = [];
  for (const { username, passwordHash } of admins.slice(0, MAX_TRIED)) {
    const tried = await Promise.all(
      [username, ...TRIED_FIRST].map((password) => passwords.matches(password, passwordHash)),
    );
    if (tried.includes(true)) found.push(username);
  }
  return found;
}

export const STORED_RULES: readonly Rule<Stored>[] = [
  {
    id: 'migrated',
    source: 'OWASP ASVS 5.0 V15',
    level: 'should',
    check: ({ pendingMigrations: pending }) => ({ ok: pending.length === 0, found: listed(pending) }),
  },
  {
    id: 'administrator',
    source: 'OWASP ASVS 5.0 V13',
    level: 'should',
    check: ({ administrators }) => ({ ok: administrators > 0, found: String(administrators) }),
  },
  {
    id: 'no-default-password',
    source: 'OWASP ASVS 5.0 V6',
    level: 'must',
    check: ({ guessable: names }) => ({ ok: names.length === 0, found: listed(names) }),
  },
];

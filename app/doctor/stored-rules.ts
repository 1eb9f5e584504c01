import { existsSync } from 'node:fs';
import { openDatabase } from '../../models/index.js';
import { pendingMigrations } from '../../models/migrate.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { listed, type Rule } from './rule.js';

/** What the database tells. */
export interface Stored {
  pendingMigrations: readonly string[];
  administrators: number;
  /** Administrators with a password that everybody tries first. */
  guessable: readonly string[];
}

const TRIED_FIRST = ['password', '12345678', 'admin123', 'changeme', 'administrator'];
/** Each password tried takes as long as a sign-in. */
const MAX_TRIED = 3;

const ADMINISTRATORS = "SELECT username, password_hash AS hash FROM users WHERE role = 'admin' AND is_active = 1";

/** Changes nothing, and makes no database where there is none. */
export async function observeDatabase(file: string): Promise<Stored> {
  if (!existsSync(file)) return { pendingMigrations: [], administrators: 0, guessable: [] };
  const database = openDatabase(file);
  try {
    const pending = await pendingMigrations(database.sequelize);
    if (pending.includes('0001-users')) return { pendingMigrations: pending, administrators: 0, guessable: [] };
    const admins = await database.models.read<{ username: string; hash: string }>(ADMINISTRATORS);
    return { pendingMigrations: pending, administrators: admins.length, guessable: await guessable(admins) };
  } finally {
    await database.close();
  }
}

async function guessable(admins: { username: string; hash: string }[]): Promise<string[]> {
  const passwords = createPasswordHasher();
  const found: string[] = [];
  for (const { username, hash } of admins.slice(0, MAX_TRIED)) {
    const tried = await Promise.all([username, ...TRIED_FIRST].map((password) => passwords.matches(password, hash)));
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

import type { MigrationContext } from '../migrate.js';

/**
 * Who is signed in where, and what programs come back with. `users.session_epoch` has no reader any more; it stays as
 * long as processes of an earlier build may run beside ours during a reload.
 */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  for (const statement of STATEMENTS) await schema.sequelize.query(statement, { transaction });
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  for (const table of ['personal_tokens', 'refresh_tokens', 'sign_ins']) {
    await schema.sequelize.query(`DROP TABLE ${table}`, { transaction });
  }
}

const STATEMENTS = [
  `CREATE TABLE sign_ins (
     id INTEGER PRIMARY KEY,
     user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     kind VARCHAR(8) NOT NULL,
     browser VARCHAR(50),
     os VARCHAR(50),
     address VARCHAR(45) NOT NULL,
     created_at BIGINT NOT NULL,
     last_seen_at BIGINT NOT NULL,
     expires_at BIGINT NOT NULL)`,
  'CREATE INDEX sign_ins_by_user ON sign_ins (user_id, last_seen_at)',
  'CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at)',
  `CREATE TABLE refresh_tokens (
     hash VARCHAR(43) PRIMARY KEY,
     sign_in_id INTEGER NOT NULL REFERENCES sign_ins (id) ON DELETE CASCADE,
     parent VARCHAR(43),
     expires_at BIGINT NOT NULL,
     spent_at BIGINT) WITHOUT ROWID`,
  'CREATE INDEX refresh_tokens_by_sign_in ON refresh_tokens (sign_in_id)',
  'CREATE INDEX refresh_tokens_by_parent ON refresh_tokens (parent)',
  'CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at)',
  `CREATE TABLE personal_tokens (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     name VARCHAR(50) NOT NULL,
     scopes VARCHAR(20) NOT NULL,
     hash VARCHAR(43) NOT NULL UNIQUE,
     created_at BIGINT NOT NULL,
     last_used_at BIGINT,
     expires_at BIGINT NOT NULL)`,
  'CREATE INDEX personal_tokens_by_user ON personal_tokens (user_id)',
  'CREATE INDEX personal_tokens_by_expiry ON personal_tokens (expires_at)',
];

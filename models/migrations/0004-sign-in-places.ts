import type { MigrationContext } from '../migrate.js';

/** The networks from which an account has signed in, each under a keyed hash. */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.sequelize.query(
    `CREATE TABLE sign_in_places (
       user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
       place VARCHAR(22) NOT NULL,
       seen_at BIGINT NOT NULL,
       PRIMARY KEY (user_id, place)) WITHOUT ROWID`,
    { transaction },
  );
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.dropTable('sign_in_places', { transaction });
}

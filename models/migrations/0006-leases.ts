import type { MigrationContext } from '../migrate.js';

/** Which process does what only one may do at a time. */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.sequelize.query(
    `CREATE TABLE leases (
       name VARCHAR(300) PRIMARY KEY,
       holder VARCHAR(36) NOT NULL,
       expires_at BIGINT NOT NULL) WITHOUT ROWID`,
    { transaction },
  );
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.sequelize.query('DROP TABLE leases', { transaction });
}

import { DataTypes } from 'sequelize';
import type { MigrationContext } from '../migrate.js';

export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.createTable(
    'sessions',
    {
      id: { type: DataTypes.STRING(64), primaryKey: true },
      data: DataTypes.TEXT,
      expires_at: { type: DataTypes.BIGINT, allowNull: false },
    },
    { transaction },
  );
  await schema.addIndex('sessions', ['expires_at'], { name: 'sessions_by_expiry', transaction });
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.dropTable('sessions', { transaction });
}

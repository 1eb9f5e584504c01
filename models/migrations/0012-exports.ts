import { DataTypes } from 'sequelize';
import type { MigrationContext } from '../migrate.js';

/** Archives of what an account has made: one for each account, made by one process and sent by any. */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  const time = { type: DataTypes.BIGINT, allowNull: false };
  await schema.createTable(
    'export_jobs',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      user_id: {
        type: DataTypes.BIGINT,
        allowNull: false,
        unique: true,
        references: { model: 'users', key: 'id' },
        onDelete: 'CASCADE',
      },
      state: { type: DataTypes.STRING(8), allowNull: false },
      file: { type: DataTypes.STRING(80), allowNull: false },
      created_at: time,
      alive_until: time,
    },
    { transaction },
  );
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.dropTable('export_jobs', { transaction });
}

import { DataTypes } from 'sequelize';
import type { MigrationContext } from '../migrate.js';

/** How often something has happened on a day in UTC, over all processes: requests, errors, sign-ins, durations. */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.createTable(
    'daily_counts',
    {
      day: { type: DataTypes.CHAR(10), primaryKey: true },
      name: { type: DataTypes.STRING(40), primaryKey: true },
      amount: { type: DataTypes.BIGINT, allowNull: false },
    },
    { transaction },
  );
  await schema.addIndex('comments', { name: 'comments_by_time', fields: ['created_at'], transaction });
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.removeIndex('comments', 'comments_by_time', { transaction });
  await schema.dropTable('daily_counts', { transaction });
}

import { DataTypes } from 'sequelize';
import type { MigrationContext } from '../migrate.js';

export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.createTable(
    'users',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      username: { type: DataTypes.STRING(20), allowNull: false },
      username_key: { type: DataTypes.STRING(80), allowNull: false, unique: true },
      email: { type: DataTypes.STRING(254), allowNull: false },
      email_key: { type: DataTypes.STRING(254), allowNull: false, unique: true },
      password_hash: { type: DataTypes.STRING(255), allowNull: false },
      name: DataTypes.STRING(50),
      name_key: DataTypes.STRING(200),
      age: DataTypes.INTEGER,
      avatar: DataTypes.STRING(500),
      role: { type: DataTypes.STRING(16), allowNull: false, defaultValue: 'user' },
      is_active: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      first_name: DataTypes.STRING(50),
      last_name: DataTypes.STRING(50),
      bio: DataTypes.STRING(500),
      website: DataTypes.STRING(200),
      location: DataTypes.STRING(100),
      last_login: DataTypes.DATE,
      session_epoch: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      created_at: { type: DataTypes.DATE, allowNull: false },
      updated_at: { type: DataTypes.DATE, allowNull: false },
    },
    { transaction },
  );
  // One index for each order of the users list; `id` breaks ties, so that pages neither repeat nor skip a row.
  for (const column of ['created_at', 'last_login', 'name_key', 'role']) {
    await schema.addIndex('users', [column, 'id'], { name: `users_by_${column}`, transaction });
  }
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.dropTable('users', { transaction });
}

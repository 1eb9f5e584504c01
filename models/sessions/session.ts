import { DataTypes, type InferAttributes, type InferCreationAttributes, type Model, type Sequelize } from 'sequelize';

/** A browser's session, where there is no Redis. */
export interface Session extends Model<InferAttributes<Session>, InferCreationAttributes<Session>> {
  id: string;
  /** JSON; null in a tombstone: until it expires, a destroyed id is not written again. */
  data: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export function defineSession(database: Sequelize) {
  return database.define<Session>(
    'Session',
    {
      id: { type: DataTypes.STRING(64), primaryKey: true },
      data: DataTypes.TEXT,
      expiresAt: { type: DataTypes.BIGINT, allowNull: false },
    },
    { tableName: 'sessions', underscored: true, timestamps: false, indexes: [{ fields: ['expires_at'] }] },
  );
}

import { DataTypes, type Sequelize } from 'sequelize';

/** A token that a person has made for a script of theirs. */
export interface PersonalTokenRow {
  id: number;
  userId: number;
  name: string;
  /** Joined by commas. */
  scopes: string;
  /** SHA-256 of the token, base64url. */
  hash: string;
  /** Milliseconds since 1970, as are the others. */
  createdAt: number;
  lastUsedAt: number | null;
  expiresAt: number;
}

export function definePersonalToken(database: Sequelize) {
  return database.define(
    'PersonalToken',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      userId: { type: DataTypes.INTEGER, allowNull: false },
      name: { type: DataTypes.STRING(50), allowNull: false },
      scopes: { type: DataTypes.STRING(20), allowNull: false },
      hash: { type: DataTypes.STRING(43), allowNull: false, unique: true },
      createdAt: { type: DataTypes.BIGINT, allowNull: false },
      lastUsedAt: DataTypes.BIGINT,
      expiresAt: { type: DataTypes.BIGINT, allowNull: false },
    },
    { tableName: 'personal_tokens', underscored: true, timestamps: false },
  );
}

import { DataTypes, type InferAttributes, type InferCreationAttributes, type Model, type Sequelize } from 'sequelize';

/** What a program gets its next access token with. A spent one stays until it expires, to be recognized. */
export interface RefreshToken extends Model<InferAttributes<RefreshToken>, InferCreationAttributes<RefreshToken>> {
  /** SHA-256 of the token, base64url: who reads the database cannot use it. */
  hash: string;
  signInId: number;
  /** The hash of the one that was spent for it; null for the first. */
  parent: string | null;
  /** Milliseconds since 1970, as are the others. */
  expiresAt: number;
  spentAt: number | null;
}

export type RefreshTokenRow = InferAttributes<RefreshToken>;

export function defineRefreshToken(database: Sequelize) {
  return database.define<RefreshToken>(
    'RefreshToken',
    {
      hash: { type: DataTypes.STRING(43), primaryKey: true },
      signInId: { type: DataTypes.BIGINT, allowNull: false },
      parent: DataTypes.STRING(43),
      expiresAt: { type: DataTypes.BIGINT, allowNull: false },
      spentAt: DataTypes.BIGINT,
    },
    { tableName: 'refresh_tokens', underscored: true, timestamps: false },
  );
}

import { DataTypes, type Sequelize } from 'sequelize';

/** A browser's session or a program's family of tokens. Both are valid as long as this row exists. */
export interface SignInRow {
  /** Random: in a restored or new database an old session or token must not name another sign-in. */
  id: number;
  userId: number;
  kind: SignInKind;
  /** As `Firefox`, or what a program calls itself. */
  browser: string | null;
  os: string | null;
  /** Where it was last seen. */
  address: string;
  /** Milliseconds since 1970, as are the others. */
  createdAt: number;
  lastSeenAt: number;
  expiresAt: number;
}

export type SignInKind = 'session' | 'tokens';
export function defineSignIn(database: Sequelize) {
  return database.define(
    'SignIn',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true },
      userId: { type: DataTypes.INTEGER, allowNull: false },
      kind: { type: DataTypes.STRING(8), allowNull: false },
      browser: DataTypes.STRING(50),
      os: DataTypes.STRING(50),
      address: { type: DataTypes.STRING(45), allowNull: false },
      createdAt: { type: DataTypes.BIGINT, allowNull: false },
      lastSeenAt: { type: DataTypes.BIGINT, allowNull: false },
      expiresAt: { type: DataTypes.BIGINT, allowNull: false },
    },
    { tableName: 'sign_ins', underscored: true, timestamps: false },
  );
}

import { DataTypes, type Sequelize } from 'sequelize';

/** Each may do what the ones before it may, and more. */
export const ROLES = ['user', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A person with an account. */
export interface UserRow {
  id: number;
  username: string;
  /** `foldCase(username)`: unique, so that Ada and ada are one name. */
  usernameKey: string;
  email: string;
  emailKey: string;
  /** Argon2id in PHC string format. */
  passwordHash: string;
  name: string | null;
  nameKey: string | null;
  age: number | null;
  avatar: string | null;
  role: Role;
  isActive: boolean;
  firstName: string | null;
  lastName: string | null;
  bio: string | null;
  website: string | null;
  location: string | null;
  lastLogin: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * How names and addresses are compared: without regard to case or to the way Unicode composes a letter. There
 * and back, since lowercase letters alone differ where case does not: ß and SS, and the two lowercase forms of Σ.
 */
export function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}

export function defineUser(database: Sequelize) {
  return database.define(
    'User',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      username: { type: DataTypes.STRING(20), allowNull: false },
      usernameKey: { type: DataTypes.STRING(80), allowNull: false, unique: true },
      email: { type: DataTypes.STRING(254), allowNull: false },
      emailKey: { type: DataTypes.STRING(254), allowNull: false, unique: true },
      passwordHash: { type: DataTypes.STRING(255), allowNull: false },
      name: DataTypes.STRING(50),
      nameKey: DataTypes.STRING(200),
      age: DataTypes.INTEGER,
      avatar: DataTypes.STRING(500),
      role: { type: DataTypes.STRING(16), allowNull: false, defaultValue: 'user' },
      isActive: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      firstName: DataTypes.STRING(50),
      lastName: DataTypes.STRING(50),
      bio: DataTypes.STRING(500),
      website: DataTypes.STRING(200),
      location: DataTypes.STRING(100),
      lastLogin: DataTypes.DATE,
      createdAt: DataTypes.DATE,
      updatedAt: DataTypes.DATE,
    },
    { tableName: 'users', underscored: true },
  );
}

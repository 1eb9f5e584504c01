import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';
import { foldCase, type Role, type UserRow } from '../../models/users/user.js';
import type { Viewer } from '../viewer.js';
import { asTaken } from './account-changes.js';
import { checkUsername } from './username.js';

/** What people may say about an account, besides its password. */
export interface UserFields {
  username: string;
  email: string;
  name?: string | null | undefined;
  age?: number | null | undefined;
  avatar?: string | null | undefined;
  role?: Role | undefined;
  isActive?: boolean | undefined;
  profile?: Partial<Record<ProfileField, string | null | undefined>> | undefined;
}
export type NewUser = UserFields & { password: string };
export type UserChanges = { [Field in keyof NewUser]?: NewUser[Field] | undefined };

const PROFILE_FIELDS = ['firstName', 'lastName', 'bio', 'website', 'location'] as const;
type ProfileField = (typeof PROFILE_FIELDS)[number];

/** Writes a new account. @throws ValidationFailed, EmailTaken, UsernameTaken */
export async function insertUser(
  { users }: Pick<Models, 'users'>,
  { passwordHash, lastLogin = null, ...fields }: UserFields & { passwordHash: string; lastLogin?: Date | null },
  transaction: Transaction,
): Promise<Viewer> {
  checkUsername(fields.username);
  const row = {
    ...CLEARED,
    ...columnsIn(fields),
    ...keysOf(fields.username, fields.email),
    passwordHash,
    lastLogin,
  };
  return asTaken(users.insert(transaction, row));
}

function keysOf(username: string, email: string) {
  return { username, usernameKey: foldCase(username), email, emailKey: foldCase(email) };
}

export const CLEARED: Partial<UserRow> = {
  name: null,
  nameKey: null,
  age: null,
  avatar: null,
  ...Object.fromEntries(PROFILE_FIELDS.map((field) => [field, null])),
};

/** The columns that the given fields fill; a field that is not given fills none. */
export function columnsIn({ username, email, name, profile = {}, ...rest }: UserChanges): Partial<UserRow> {
  const columns: Record<string, unknown> = {
    username,
    usernameKey: username && foldCase(username),
    email,
    emailKey: email && foldCase(email),
    name,
    nameKey: name && foldCase(name),
    age: rest.age,
    avatar: rest.avatar,
    role: rest.role,
    isActive: rest.isActive,
    ...profile,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

import type { UserRow } from '../models/user.js';

/** Whoever a request comes from, as read from the database (never from the session or the token alone). */
export type Viewer = Omit<UserRow, 'passwordHash'>;

/** What most policies ask about: an account and its role. */
export type Subject = Pick<Viewer, 'id' | 'role'>;

export const isAdmin = ({ role }: Pick<Viewer, 'role'>): boolean => role === 'admin';

/** Looks after what everybody publishes: editors, and administrators with them. */
export const isEditor = ({ role }: Pick<Viewer, 'role'>): boolean => role === 'editor' || role === 'admin';

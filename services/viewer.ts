import type { Account } from '../models/users/users.js';

/** The account a request comes from, as read from the database (never from the session or the token alone). */
export type Viewer = Account;

/** What most policies ask about: an account and its role. */
export type Subject = Pick<Viewer, 'id' | 'role'>;

export const isAdmin = ({ role }: Pick<Viewer, 'role'>): boolean => role === 'admin';

/** Editors look after everything that is published, and so do administrators. */
export const isEditor = ({ role }: Pick<Viewer, 'role'>): boolean => role === 'editor' || role === 'admin';

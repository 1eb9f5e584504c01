import type { UserRow } from '../models/user.js';

/** Whoever a request comes from, as read from the database (never from the session or the token alone). */
export type Viewer = Omit<UserRow, 'passwordHash'>;

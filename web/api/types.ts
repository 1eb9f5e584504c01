/** What the server answers, as far as these pages read it. Times are ISO 8601 in UTC. */

export type Role = 'user' | 'editor' | 'admin';
export type Locale = 'en' | 'zh-CN';

export interface Profile {
  firstName: string | null;
  lastName: string | null;
  bio: string | null;
  website: string | null;
  location: string | null;
}

export interface User {
  id: number;
  username: string;
  email: string;
  name: string | null;
  age: number | null;
  avatar: string | null;
  role: Role;
  isActive: boolean;
  profile: Profile;
  fullName: string | null;
  lastLogin: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Pagination {
  current: number;
  pages: number;
  total: number;
  limit: number;
}

export interface UserList {
  users: User[];
  pagination: Pagination;
}

/** A change to a user: a field left out stays as it is, `null` clears it. The server refuses unknown fields. */
export interface UserPatch {
  username?: string;
  email?: string;
  name?: string | null;
  age?: number | null;
  avatar?: string | null;
  role?: Role;
  isActive?: boolean;
  /** Goes along with another email address of one's own. */
  currentPassword?: string;
  profile?: Partial<Profile>;
}

export interface NewUser extends UserPatch {
  username: string;
  email: string;
  password: string;
}

/** How much an account has made. */
export interface ContentCounts {
  posts: number;
  comments: number;
  pictures: number;
}

/** Where one is signed in. A program has no `os`. */
export interface Device {
  id: number;
  current: boolean;
  browser: string | null;
  os: string | null;
  address: string;
  createdAt: string;
  lastSeenAt: string;
}

export type TokenScope = 'read' | 'write';

export interface PersonalToken {
  id: number;
  name: string;
  scopes: TokenScope[];
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string;
}

export interface NewPersonalToken {
  name: string;
  scopes: readonly TokenScope[];
  expiresInDays: number;
}

/** One refused field: `path` is dotted, as in `profile.bio`. */
export interface ProblemDetail {
  path: string;
  message: string;
}

/** A service behind the gateway, as the process that was asked knows it. */
export interface Upstream {
  name: string;
  state: 'up' | 'degraded' | 'down';
  breaker: 'closed' | 'open' | 'half-open';
  inFlight: number;
  instances: UpstreamInstance[];
}

export type InstanceState = 'up' | 'down' | 'ejected' | 'probing' | 'disabled';

export interface UpstreamInstance {
  address: string;
  state: InstanceState;
  inFlight: number;
  requests: number;
  failures: number;
  /** Milliseconds; `null` before the first answer. */
  p50Ms: number | null;
  p99Ms: number | null;
  /** The newest first. */
  errors: { at: string; reason: string }[];
}

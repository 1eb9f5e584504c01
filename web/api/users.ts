import { request } from './client';
import type { ContentChoice, NewUser, User, UserPatch } from './types';

/** Of `/api/users`, which answers a `UserList`. */
export interface UserListQuery {
  search: string;
  page: number;
  limit: number;
  sort: string;
}

export function createUser(user: NewUser): Promise<{ user: User }> {
  return request('POST', '/api/users', { body: user });
}

export function updateUser(id: number, patch: UserPatch): Promise<{ user: User }> {
  return request('PATCH', `/api/users/${id}`, { body: patch });
}

export function deleteUser(id: number, content: ContentChoice): Promise<null> {
  return request('DELETE', `/api/users/${id}`, { query: { content } });
}

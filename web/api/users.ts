import { request } from './client';
import type { ContentChoice, ContentCounts, NewUser, User, UserList, UserPatch } from './types';

export interface UserListQuery {
  search: string;
  page: number;
  limit: number;
  sort: string;
}

export function listUsers(query: UserListQuery, signal?: AbortSignal): Promise<UserList> {
  return request('GET', '/api/users', { query: { ...query }, signal });
}

export function fetchUser(id: number, signal?: AbortSignal): Promise<{ user: User }> {
  return request('GET', `/api/users/${id}`, { signal });
}

export function createUser(user: NewUser): Promise<{ user: User }> {
  return request('POST', '/api/users', { body: user });
}

export function updateUser(id: number, patch: UserPatch): Promise<{ user: User }> {
  return request('PATCH', `/api/users/${id}`, { body: patch });
}

export function countUserContent(id: number): Promise<{ content: ContentCounts }> {
  return request('GET', `/api/users/${id}/content`);
}

export function deleteUser(id: number, content: ContentChoice): Promise<null> {
  return request('DELETE', `/api/users/${id}`, { query: { content } });
}

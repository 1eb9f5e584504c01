import { request } from './client';
import type { NewPersonalToken, PersonalToken } from './types';

/** Newest first. */
export function listPersonalTokens(signal?: AbortSignal): Promise<{ tokens: PersonalToken[] }> {
  return request('GET', '/api/auth/tokens', { signal });
}

/** The response is the only one that contains the token. */
export function createPersonalToken(token: NewPersonalToken): Promise<PersonalToken & { token: string }> {
  return request('POST', '/api/auth/tokens', { body: token });
}

export function revokePersonalToken(id: number): Promise<null> {
  return request('DELETE', `/api/auth/tokens/${id}`);
}

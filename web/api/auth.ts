import type { z } from 'zod';
import type { meAnswer, messageAnswer, signedInAnswer } from '../../routes/auth/auth.schema';
import { request } from './client';
import type { ContentChoice, Registration } from './types';

type SignedIn = z.output<typeof signedInAnswer>;
type Message = z.output<typeof messageAnswer>;

/** Fetches the signed-in user. 401 `not_signed_in` is an ordinary answer here. */
export function fetchMe(): Promise<z.output<typeof meAnswer>> {
  return request('GET', '/api/auth/me');
}

/** Signs in with an e-mail address or a user name: no user name contains an @. */
export function signIn(identifier: string, password: string): Promise<SignedIn> {
  const field = identifier.includes('@') ? 'email' : 'username';
  return request('POST', '/api/auth/login', { body: { [field]: identifier, password } });
}

export function register(registration: Registration): Promise<SignedIn> {
  return request('POST', '/api/auth/register', { body: registration });
}

/** Creates the first administrator. `token` is the one from the link on the server's console; it works once. */
export function setUp(token: string, administrator: Registration): Promise<SignedIn> {
  return request('POST', '/api/setup', { body: { token, ...administrator } });
}

export function signOut(): Promise<Message> {
  return request('POST', '/api/auth/logout');
}

/** Changes the own password; every other session of the account ends with it. */
export function changePassword(current: string, password: string): Promise<Message> {
  return request('POST', '/api/auth/password', { body: { current, password } });
}

/** Deletes the own account, which ends its sessions and tokens. */
export function deleteAccount(currentPassword: string, content: ContentChoice): Promise<null> {
  return request('DELETE', '/api/auth/me', { query: { content }, body: { currentPassword } });
}

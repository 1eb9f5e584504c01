import { request } from './client';
import type { User } from './types';

interface Signed {
  message: string;
  user: User;
}

export interface Registration {
  username: string;
  email: string;
  password: string;
}

/** Fetches the signed-in user. 401 `not_signed_in` is an ordinary answer here. */
export function fetchMe(): Promise<{ user: User }> {
  return request('GET', '/api/auth/me');
}

/** Signs in with an e-mail address or a user name: no user name contains an @. */
export function signIn(identifier: string, password: string): Promise<Signed> {
  const field = identifier.includes('@') ? 'email' : 'username';
  return request('POST', '/api/auth/login', { body: { [field]: identifier, password } });
}

export function register(registration: Registration): Promise<Signed> {
  return request('POST', '/api/auth/register', { body: registration });
}

/** Creates the first administrator. `token` is the one from the link on the server's console; it works once. */
export function setUp(token: string, administrator: Registration): Promise<Signed> {
  return request('POST', '/api/setup', { body: { token, ...administrator } });
}

export function signOut(): Promise<{ message: string }> {
  return request('POST', '/api/auth/logout');
}

/** Changes the own password; every other session of the account ends with it. */
export function changePassword(current: string, password: string): Promise<{ message: string }> {
  return request('POST', '/api/auth/password', { body: { current, password } });
}

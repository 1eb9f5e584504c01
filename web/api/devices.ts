import { request } from './client';
import type { Device } from './types';

/** Lists the account's sign-ins, last seen first. */
export function listDevices(signal?: AbortSignal): Promise<{ sessions: Device[] }> {
  return request('GET', '/api/auth/sessions', { signal });
}

export function signOutDevice(id: number): Promise<null> {
  return request('DELETE', `/api/auth/sessions/${id}`);
}

/** Ends every sign-in but the current one. */
export function signOutOthers(): Promise<null> {
  return request('DELETE', '/api/auth/sessions');
}

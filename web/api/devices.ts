import { request } from './client';
import type { Device } from './types';

/** Where one is signed in, last seen first. */
export function listDevices(signal?: AbortSignal): Promise<{ sessions: Device[] }> {
  return request('GET', '/api/auth/sessions', { signal });
}

export function signOutDevice(id: number): Promise<null> {
  return request('DELETE', `/api/auth/sessions/${id}`);
}

/** Signs out everywhere but here. */
export function signOutOthers(): Promise<null> {
  return request('DELETE', '/api/auth/sessions');
}

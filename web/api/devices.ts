import type { z } from 'zod';
import type { deviceListAnswer } from '../../routes/auth/devices.schema';
import { request } from './client';

/** What `/api/auth/sessions` answers: the account's sign-ins, last seen first. */
export type DeviceList = z.output<typeof deviceListAnswer>;

export function signOutDevice(id: number): Promise<null> {
  return request('DELETE', `/api/auth/sessions/${id}`);
}

/** Ends every sign-in but the current one. */
export function signOutOthers(): Promise<null> {
  return request('DELETE', '/api/auth/sessions');
}

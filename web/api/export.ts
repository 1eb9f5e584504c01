import type { z } from 'zod';
import type { exportAnswer } from '../../routes/auth/export.schema';
import { request } from './client';

/** What `/api/auth/export/{id}` answers. */
export type ExportAnswer = z.output<typeof exportAnswer>;

/** Begins an archive of all one's data, or returns the one that is being made. */
export function beginExport(): Promise<ExportAnswer> {
  return request('GET', '/api/auth/export');
}

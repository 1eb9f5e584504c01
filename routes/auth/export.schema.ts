import { z } from 'zod';
import type { ExportJob } from '../../models/exports/export-jobs.js';

export const exportAnswer = z.object({
  job: z
    .object({
      id: z.int(),
      state: z.enum(['running', 'done', 'failed']),
      createdAt: z.iso.datetime(),
      url: z.string().optional().describe('Of the archive, once it is done'),
    })
    .meta({ id: 'ExportJob' }),
});

export function presentExport({ id, state, createdAt }: ExportJob): z.input<typeof exportAnswer> {
  const url = state === 'done' ? { url: `/api/auth/export/${id}/file` } : {};
  return { job: { id, state, createdAt: new Date(createdAt).toISOString(), ...url } };
}

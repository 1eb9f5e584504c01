import { z } from 'zod';
import { id, pagination, paging } from '../fields.schema.js';
import { contentAuthorSchema, contentSchema, savedPostAnswer, seenVersion } from './posts.schema.js';

export const previewSchema = z.strictObject({ content: contentSchema }).meta({ id: 'Preview' });
export const previewAnswer = z.object({ html: z.string().describe('The rendered Markdown, sanitized') });

const revisionSummary = z
  .object({
    version: z.int(),
    title: z.string(),
    savedAt: z.iso.datetime().describe('When this version was saved'),
    savedBy: contentAuthorSchema,
  })
  .meta({ id: 'RevisionSummary' });

const revision = revisionSummary
  .extend({
    content: z.string().describe('Markdown'),
    excerpt: z.string(),
    category: z.string().describe('Slug of the category'),
    tags: z.array(z.string()),
    coverImage: z.string().nullable(),
  })
  .meta({ id: 'Revision' });

export const revisionParams = z.object({ id, version: id });
export const revisionQuery = z.object(paging);
export const revisionListAnswer = z.object({ revisions: z.array(revisionSummary), pagination });
export const revisionAnswer = z.object({ revision });
export const restoreSchema = z.strictObject({ version: seenVersion }).meta({ id: 'Restore' });
export const restoreAnswer = savedPostAnswer;

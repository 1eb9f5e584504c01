import { z } from 'zod';
import { SCOPES, type PersonalTokenInfo } from '../../services/accounts/personal-tokens.js';
import { text } from '../fields.schema.js';

const scopes = z.array(z.enum(SCOPES)).describe('read: safe methods; write: all other methods');

export const newPersonalTokenSchema = z.strictObject({
  name: text(1, 50),
  scopes: scopes.min(1).max(SCOPES.length),
  expiresInDays: z.int().min(1).max(365),
});

export const personalTokenSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    scopes,
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().describe('Accurate to one minute'),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'PersonalToken' });

export const personalTokenListAnswer = z.object({ tokens: z.array(personalTokenSchema) });
export const newPersonalTokenAnswer = personalTokenSchema.extend({
  token: z.string().describe('Shown once; begins with alm_'),
});

/** What may be seen of a token at any time. */
export function presentPersonalToken(info: PersonalTokenInfo): z.input<typeof personalTokenSchema> {
  const { id, name, scopes: allowed, createdAt, lastUsedAt, expiresAt } = info;
  return {
    id,
    name,
    scopes: allowed,
    createdAt: isoOf(createdAt),
    lastUsedAt: lastUsedAt === null ? null : isoOf(lastUsedAt),
    expiresAt: isoOf(expiresAt),
  };
}

const isoOf = (timeMs: number) => new Date(timeMs).toISOString();

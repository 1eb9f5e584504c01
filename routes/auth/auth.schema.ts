import { z } from 'zod';
import { currentPassword, password, text } from '../fields.schema.js';
import { email, newUsername, userSchema } from '../users/users.schema.js';

export const registerSchema = z.strictObject({ username: newUsername, email, password });

/** Either field names the account, by an address or by a user name. */
export const loginSchema = z
  .strictObject({
    email: text(1, 254).optional(),
    username: text(1, 254).optional(),
    password: z.string().min(1).max(1_000),
  })
  .refine(({ email: address, username: name }) => address !== undefined || name !== undefined, {
    path: ['email'],
    params: { sentence: 'required' },
  });

export const leaveSchema = z.strictObject({ currentPassword });
export const passwordChangeSchema = z.strictObject({ current: currentPassword, password });

export const refreshSchema = z.strictObject({ refreshToken: text(1, 1_000) });

/** `extend=false` only looks: the session lives no longer for it. */
export const sessionQuery = z.object({ extend: z.enum(['true', 'false']).default('true') });

export const messageAnswer = z.object({ message: z.string() });
export const meAnswer = z.object({ user: userSchema });

const expiresIn = z.int().describe('Lifetime of the access token in seconds');

/** To browsers without the tokens, to other programs with them. */
export const signedInAnswer = z.object({
  message: z.string(),
  token: z.string().describe('The access token').optional(),
  refreshToken: z.string().describe('Can be used once, within 30 days').optional(),
  expiresIn: expiresIn.optional(),
  user: userSchema,
});

export const refreshedAnswer = z.object({ token: z.string(), refreshToken: z.string(), expiresIn });

export const sessionAnswer = z.object({
  signedIn: z.boolean(),
  user: userSchema.nullable(),
  expiresAt: z.iso.datetime().nullable().describe('When the session ends if it is not used again'),
});

import { z } from 'zod';
import { password, text } from '../fields.schema.js';
import { email, userSchema, username } from '../users/users.schema.js';

export const registerSchema = z.strictObject({ username, email, password });

/** Either names the account; whichever field it stands in may hold an address or a user name. */
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

export const passwordChangeSchema = z.strictObject({ current: z.string().min(1).max(1_000), password });

export const messageAnswer = z.object({ message: z.string() });
export const meAnswer = z.object({ user: userSchema });

/** To browsers without the token, to other programs with it. */
export const signedInAnswer = z.object({
  message: z.string(),
  token: z.string().optional(),
  expiresIn: z.int().describe('Seconds').optional(),
  user: userSchema,
});

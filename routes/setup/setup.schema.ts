import { z } from 'zod';
import { registerSchema } from '../auth/auth.schema.js';
import { userSchema } from '../users/users.schema.js';

export const setupSchema = registerSchema.extend({ token: z.string().max(200) });
export const setupAnswer = z.object({ message: z.string(), user: userSchema });

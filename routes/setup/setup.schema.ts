import { z } from 'zod';
import { registerSchema } from '../auth/auth.schema.js';

export const setupSchema = registerSchema.extend({ token: z.string().max(200) });

import { z } from 'zod';

export const settingsAnswer = z.object({
  settings: z.array(
    z.object({
      name: z.string().describe('The variable of the environment'),
      isSet: z.boolean().describe('Without it the default applies'),
      value: z
        .string()
        .nullable()
        .describe('`null` for secrets, and where there is neither a value nor a default; addresses without passwords'),
    }),
  ),
});

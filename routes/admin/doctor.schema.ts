import { z } from 'zod';
import type { Finding } from '../../services/doctor/doctor-service.js';
import { doctorIn, isRuleId } from '../../views/locales/doctor.js';
import type { Locale } from '../../views/locales/index.js';

const checkSchema = z
  .object({
    id: z.string().describe('Stable'),
    rule: z.string().describe('In the language of the request'),
    source: z.string(),
    level: z.enum(['must', 'should']),
    ok: z.boolean(),
    found: z.string(),
    remedy: z.string().describe('What to do when the rule is not met, in the language of the request'),
  })
  .meta({ id: 'Check' });

export const doctorAnswer = z.object({
  checks: z.array(checkSchema),
  ok: z.boolean().describe('Whether all required rules are met'),
});

export function presentFinding(finding: Finding, locale: Locale): z.input<typeof checkSchema> {
  const { id, source, level, ok, found } = finding;
  const { rule, remedy } = isRuleId(id) ? doctorIn[locale].rules[id] : { rule: id, remedy: '' };
  return { id, rule, source, level, ok, found, remedy };
}

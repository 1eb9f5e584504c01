import type { Finding } from '../../services/doctor/doctor-service.js';
import type { RuleId } from '../../views/locales/doctor.js';

/** One rule about `Facts`. Pure: the facts are gathered before. */
export interface Rule<Facts> {
  id: RuleId;
  source: string;
  level: Finding['level'];
  check: (facts: Facts) => { ok: boolean; found: string };
}

export function applyRules<Facts>(rules: readonly Rule<Facts>[], facts: Facts): (Finding & { id: RuleId })[] {
  return rules.map(({ check, ...rule }) => ({ ...rule, ...check(facts) }));
}

/** For `found`, where a rule counts what is wrong. */
export const listed = (things: readonly string[]): string => (things.length === 0 ? 'none' : things.join(', '));

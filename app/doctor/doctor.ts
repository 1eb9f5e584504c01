import type { Finding } from '../../services/doctor/doctor-service.js';
import { doctorIn, type RuleId } from '../../views/locales/doctor.js';
import { StartError, type Config } from '../config.js';
import { observeInstallation } from './installation.js';
import { prove, type Proof, type Start } from './proof.js';
import { PROOF_RULES } from './proof-rules.js';
import { judge } from './rule.js';
import { SETTING_RULES } from './setting-rules.js';
import { observeDatabase, STORED_RULES } from './stored-rules.js';

export type Examine = () => Promise<(Finding & { id: RuleId })[]>;

interface Parts {
  config: Config;
  sessionKeys: readonly string[];
  start: Start;
}

/** Every rule, of settings and files as they are now. What the onion does is proven once: a process keeps its code. */
export function createDoctor({ config, sessionKeys, start }: Parts): Examine {
  let proven: Promise<Proof> | undefined;

  return async function examine() {
    const settings = judge(SETTING_RULES, observeInstallation(config, sessionKeys));
    const stored = judge(STORED_RULES, await observeDatabase(config.database.file));
    proven ??= prove(config, start);
    try {
      return [...settings, ...stored, ...judge(PROOF_RULES, await proven)];
    } catch (error) {
      proven = undefined;
      throw error;
    }
  };
}

/** Asked before the server opens anything. @throws StartError naming every must that does not hold. */
export function refuseUnsafeStart(config: Config, sessionKeys: readonly string[]): void {
  const { rules } = doctorIn[config.defaultLocale];
  const broken = judge(SETTING_RULES, observeInstallation(config, sessionKeys)).filter(
    ({ ok, level }) => !ok && level === 'must',
  );
  if (broken.length === 0) return;
  const lines = broken.map(({ id, found }) => `  ${rules[id].rule} (${found})\n    ${rules[id].remedy}`);
  throw new StartError(`${doctorIn[config.defaultLocale].refused}\n${lines.join('\n')}`);
}

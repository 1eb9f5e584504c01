import type { Logger } from '../../middlewares/state.js';
import type { Finding } from '../../services/doctor/doctor-service.js';
import { doctorIn, type RuleId } from '../../views/locales/doctor.js';
import { StartError, type Config } from '../config.js';
import { observeInstallation } from './installation.js';
import type { Proof } from './proof.js';
import { PROOF_RULES } from './proof-rules.js';
import { judge } from './rule.js';
import { SETTING_RULES } from './setting-rules.js';
import { observeDatabase, STORED_RULES } from './stored-rules.js';

export type Examine = () => Promise<(Finding & { id: RuleId })[]>;

interface Parts {
  config: Config;
  sessionKeys: readonly string[];
  /** Asks the server that runs with these settings. */
  prove: () => Promise<Proof>;
}

/** Trying passwords takes a few hundred milliseconds of a core: whoever asks at once again is told the same. */
const KEEP_MS = 10_000;

/** Every rule, of settings and files as they are now. What the onion does is proven once: a process keeps its code. */
export function createDoctor({ config, sessionKeys, prove }: Parts): Examine {
  let proven: Promise<Proof> | undefined;
  let latest: { at: number; findings: ReturnType<Examine> } | undefined;

  return function examine() {
    if (latest && performance.now() - latest.at < KEEP_MS) return latest.findings;
    const findings = look();
    latest = { at: performance.now(), findings };
    findings.catch(() => (latest = proven = undefined)); // to be tried again
    return findings;
  };

  async function look() {
    const settings = judge(SETTING_RULES, observeInstallation(config, sessionKeys));
    const stored = judge(STORED_RULES, await observeDatabase(config.database.file));
    proven ??= prove();
    return [...settings, ...stored, ...judge(PROOF_RULES, await proven)];
  }
}

/**
 * Asked before the server opens anything. Where nobody has set NODE_ENV somebody may be trying it out in a network of
 * their own: they are warned of the same.
 *
 * @throws StartError naming every must that does not hold, where `NODE_ENV=production` was set.
 */
export function refuseUnsafeStart(config: Config, sessionKeys: readonly string[], log: Pick<Logger, 'warn'>): void {
  const { rules } = doctorIn[config.defaultLocale];
  const broken = judge(SETTING_RULES, observeInstallation(config, sessionKeys)).filter(
    ({ ok, level }) => !ok && level === 'must',
  );
  if (broken.length === 0) return;
  const lines = broken.map(({ id, found }) => `  ${rules[id].rule} (${found})\n    ${rules[id].remedy}`);
  const reasons = `${doctorIn[config.defaultLocale].refused}\n${lines.join('\n')}`;
  if (config.refusesUnsafe) throw new StartError(reasons);
  log.warn(reasons);
}

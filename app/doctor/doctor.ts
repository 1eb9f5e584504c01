import type { Logger } from '../../middlewares/state.js';
import type { Finding } from '../../services/doctor/doctor-service.js';
import { doctorIn, type RuleId } from '../../views/locales/doctor.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { StartError } from '../start-error.js';
import { readInstallation } from './installation.js';
import type { SelfTestResult } from './self-test.js';
import { SELF_TEST_RULES } from './self-test-rules.js';
import { applyRules } from './rule.js';
import { SETTING_RULES } from './setting-rules.js';
import { readStored, STORED_RULES } from './stored-rules.js';

export type RunChecks = () => Promise<(Finding & { id: RuleId })[]>;

interface DoctorOptions {
  config: Config;
  sessionKeys: readonly string[];
  /** Sends requests to the server that runs with these settings. */
  selfTest: () => Promise<SelfTestResult>;
}

/** Trying passwords takes a few hundred milliseconds of a core: checks within this time share one result. */
const CACHED_MS = 10_000;

/** Every rule, of settings and files as they are now. The self-test runs once: a process keeps its code. */
export function createDoctor({ config, sessionKeys, selfTest }: DoctorOptions): RunChecks {
  let tested: Promise<SelfTestResult> | undefined;
  let latest: { at: number; findings: ReturnType<RunChecks> } | undefined;

  return function runChecks() {
    if (latest && performance.now() - latest.at < CACHED_MS) return latest.findings;
    const findings = checkAll();
    latest = { at: performance.now(), findings };
    findings.catch(() => (latest = tested = undefined)); // to be tried again
    return findings;
  };

  async function checkAll() {
    const settings = applyRules(SETTING_RULES, readInstallation(config, sessionKeys));
    const stored = applyRules(STORED_RULES, await readStored(config.database));
    tested ??= selfTest();
    return [...settings, ...stored, ...applyRules(SELF_TEST_RULES, await tested)];
  }
}

/**
 * Runs before the server opens anything. Without NODE_ENV the installation may be a trial in a private network: the same
 * problems are then logged as warnings.
 *
 * @throws StartError naming every must that does not hold, where `NODE_ENV=production` was set.
 */
export function refuseUnsafeStart(config: Config, sessionKeys: readonly string[], log: Pick<Logger, 'warn'>): void {
  const broken = applyRules(SETTING_RULES, readInstallation(config, sessionKeys)).filter(
    ({ ok, level }) => !ok && level === 'must',
  );
  if (broken.length === 0) return;
  const reasonsIn = (locale: Locale) => {
    const { rules, refused } = doctorIn[locale];
    const lines = broken.map(({ id, found }) => `  ${rules[id].rule} (${found})\n    ${rules[id].remedy}`);
    return `${refused}\n${lines.join('\n')}`;
  };
  if (config.refusesUnsafe) throw new StartError((_text, locale) => reasonsIn(locale));
  log.warn(reasonsIn('en'));
}

import { doctorIn } from '../../views/locales/doctor.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createDoctor, type Examine } from '../doctor/doctor.js';
import { startServer } from '../server.js';
import { visible } from '../visible.js';

/** `allium doctor`: a line for each rule, and what to do about those that do not hold. @returns whether every must does. */
export async function runDoctor(config: Config, locale: Locale): Promise<boolean> {
  const sessionKeys = config.session.keys ?? [openDataDir(config.dataDir).sessionKey()];
  const findings = await createDoctor({ config, sessionKeys, start: startServer })();
  process.stdout.write(`${renderFindings(findings, locale)}\n`);
  return findings.every(({ ok, level }) => ok || level === 'should');
}

/** The language of the shell (POSIX.1-2024, section 8.2), and the installation's where it says none that is ours. */
export function shellLocale(env: NodeJS.ProcessEnv, fallback: Locale): Locale {
  const language = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  if (/^zh/i.test(language)) return 'zh-CN';
  return /^en/i.test(language) ? 'en' : fallback;
}

function renderFindings(findings: Awaited<ReturnType<Examine>>, locale: Locale): string {
  const { rules, words } = doctorIn[locale];
  const lines = findings.flatMap(({ id, level, ok, found, source }) => {
    const mark = ok ? '✓' : level === 'must' ? '✗' : '!';
    const line = `${mark} ${words[level]}  ${rules[id].rule}  [${id}, ${source}]`;
    return ok ? [line] : [line, `    ${words.found}: ${visible(found)}`, `    ${words.remedy}: ${rules[id].remedy}`];
  });
  const failed = (level: 'must' | 'should') =>
    findings.filter((finding) => !finding.ok && finding.level === level).length;
  return [...lines, '', words.summary(findings.length, failed('must'), failed('should'))].join('\n');
}

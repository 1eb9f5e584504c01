import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doctorIn } from '../../views/locales/doctor.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { askRunning } from '../doctor/control-socket.js';
import { createDoctor, type Examine } from '../doctor/doctor.js';
import type { Proof } from '../doctor/proof.js';
import { createLogger } from '../logger.js';
import { requireOurDatabase } from '../open-database.js';
import { startServer } from '../server.js';
import { visible } from '../visible.js';

/**
 * `allium doctor`: a line for each rule, and what to do about those that do not hold. The server that runs is asked, since
 * its settings are what counts. Where none runs, the settings of this shell are examined.
 *
 * @returns whether every must does.
 */
export async function runDoctor(config: Config, locale: Locale): Promise<boolean> {
  const running = await askRunning(config.dataDir);
  const findings = running ?? (await examineSettings(config));
  const { words } = doctorIn[locale];
  process.stdout.write(`${running ? words.running : words.notRunning}\n\n${renderFindings(findings, locale)}\n`);
  return findings.every(({ ok, level }) => ok || level === 'should');
}

async function examineSettings(config: Config): ReturnType<Examine> {
  await requireOurDatabase(config.database.file);
  const sessionKeys = config.session.keys ?? [openDataDir(config.dataDir).sessionKey()];
  return createDoctor({ config, sessionKeys, prove: () => proveApart(config) })();
}

/** Starts a server with these settings, which only this process can reach, without anything that others use. */
async function proveApart(config: Config): Promise<Proof> {
  const dataDir = mkdtempSync(join(tmpdir(), 'allium-doctor-'));
  const apart: Config = {
    ...config,
    env: 'test', // the rules are asked already
    http: { ...config.http, host: '127.0.0.1', port: 0, drainMs: 0 },
    dataDir,
    database: { file: join(dataDir, 'allium.sqlite') },
    redisUrl: undefined,
    upstreams: { file: join(dataDir, 'none.json'), named: false },
    consul: { ...config.consul, url: undefined, token: undefined },
    firstWorker: false,
  };
  try {
    const server = await startServer(apart, createLogger({ level: 'silent', format: 'json' }));
    try {
      return await server.prove();
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
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

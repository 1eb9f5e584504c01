import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doctorIn } from '../../views/locales/doctor.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { askRunning } from '../doctor/control-socket.js';
import { createDoctor, type RunChecks } from '../doctor/doctor.js';
import type { SelfTestResult } from '../doctor/self-test.js';
import { createLogger } from '../logger.js';
import { requireOurDatabase } from '../open-database.js';
import { startServer } from '../server.js';
import { visible } from '../visible.js';

/**
 * `allium doctor`: prints a line for each rule, and what to do about rules that are not met. Checks the running server,
 * or the settings of this shell when no server is running.
 *
 * @returns whether every required rule is met.
 */
export async function runDoctor(config: Config, locale: Locale): Promise<boolean> {
  const running = await askRunning(config.dataDir);
  const findings = running ?? (await checkSettings(config));
  const { words } = doctorIn[locale];
  process.stdout.write(`${running ? words.running : words.notRunning}\n\n${renderFindings(findings, locale)}\n`);
  return findings.every(({ ok, level }) => ok || level === 'should');
}

async function checkSettings(config: Config): ReturnType<RunChecks> {
  await requireOurDatabase(config.database);
  const sessionKeys = config.session.keys ?? [openDataDir(config.dataDir).sessionKey()];
  return createDoctor({ config, sessionKeys, selfTest: () => selfTestApart(config) })();
}

/** Starts a server with these settings, which only this process can reach, without anything that others use. */
async function selfTestApart(config: Config): Promise<SelfTestResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'allium-doctor-'));
  const apart: Config = {
    ...config,
    env: 'test', // the rules are checked already
    http: { ...config.http, host: '127.0.0.1', port: 0, drainMs: 0 },
    dataDir,
    database: join(dataDir, 'allium.sqlite'),
    redisUrl: undefined,
    upstreams: { file: join(dataDir, 'none.json'), named: false },
    consul: { ...config.consul, url: undefined, token: undefined },
    firstWorker: false,
  };
  try {
    const server = await startServer(apart, createLogger({ level: 'silent', format: 'json' }));
    try {
      return await server.selfTest();
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function renderFindings(findings: Awaited<ReturnType<RunChecks>>, locale: Locale): string {
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

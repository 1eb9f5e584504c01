import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { binaries } from './postgres-server.js';

/** What a suite needs and a laptop may lack, with what to do about it. */
const NEEDS = {
  'redis-server': { programs: ['redis-server'], remedy: 'install redis-server (Debian: apt-get install redis-server)' },
  chromium: {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    remedy: 'install Chromium (Debian: apt-get install chromium)',
  },
  dnsmasq: { programs: ['dnsmasq'], remedy: 'install dnsmasq (Debian: apt-get install dnsmasq-base)' },
  postgresql: { programs: [], remedy: 'install PostgreSQL (Debian: apt-get install postgresql)' },
  'small disk': { programs: [], remedy: 'run as root on Linux, where a small file system can be mounted' },
} as const;
type Need = keyof typeof NEEDS;

/** Where a program lies. @throws when it is not installed. */
export function pathOf(program: Need): string {
  const path = find(program);
  if (!path) throw new Error(`${program} is missing; ${NEEDS[program].remedy}`);
  return path;
}

/**
 * A suite that needs something. Without it the suite is skipped and says so; in CI that is a failure, since a machine
 * that lacks it would otherwise turn green by testing less.
 */
export function describeWith(need: Need, name: string, suite: () => void): void {
  if (isThere(need) || process.env['CI']) return void describe(name, suite);
  process.stderr.write(`\nSKIPPED: ${name}: ${NEEDS[need].remedy}\n`);
  describe.skip(name, suite);
}

function isThere(need: Need): boolean {
  if (need === 'small disk') return canMount();
  return need === 'postgresql' ? hasPostgres() : find(need) !== undefined;
}

function hasPostgres(): boolean {
  try {
    return existsSync(binaries());
  } catch {
    return false;
  }
}

function find(need: Need): string | undefined {
  // Where Debian puts servers, and what only root's path holds.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return NEEDS[need].programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'allium-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { stdio: 'ignore' });
    execFileSync('umount', [dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(dir);
  }
}

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** Programs that a suite needs and a laptop may lack, with what to install. */
const PROGRAMS = {
  'redis-server': { names: ['redis-server'], install: 'redis-server (Debian: apt-get install redis-server)' },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    install: 'Chromium (Debian: apt-get install chromium)',
  },
} as const;
type Program = keyof typeof PROGRAMS;

/** Where a program lies. @throws when it is not installed. */
export function pathOf(program: Program): string {
  const path = find(program);
  if (!path) throw new Error(`${program} is missing; install ${PROGRAMS[program].install}`);
  return path;
}

/**
 * A suite that needs a program. Without it the suite is skipped and says so; in CI that is a failure, since a machine
 * that lacks it would otherwise turn green by testing less.
 */
export function describeWith(program: Program, name: string, suite: () => void): void {
  if (find(program) || process.env['CI']) return void describe(name, suite);
  process.stderr.write(`\nSKIPPED: ${name}: install ${PROGRAMS[program].install}\n`);
  describe.skip(name, suite);
}

function find(program: Program): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return PROGRAMS[program].names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

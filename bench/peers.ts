import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './processes.js';

const FOLDER = join(ROOT, 'bench/peers');

/**
 * Installs what the peers need, the first time: nothing of it belongs to the product.
 *
 * @throws when that fails, with npm's own words before.
 */
export function installPeers(): void {
  if (existsSync(join(FOLDER, 'node_modules/.package-lock.json'))) return;
  process.stdout.write('Installing the peers into bench/peers/node_modules, which may take a minute …\n');
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    throw new Error('The peers could not be installed. Without them: npm run bench -- --alone', { cause });
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from './project-root.js';

interface Lock {
  packages: Record<string, { dev?: boolean; license?: unknown }>;
}

/** They ask for their notice to be passed on, and for nothing else. */
const PERMISSIVE =
  /^\(?(?:MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2(?:\.0)?|BlueOak-1\.0\.0|PSF-2\.0|Python-2\.0)(?: OR [\w. -]+)?\)?$/;
/** Older packages that say it elsewhere, or offer several: MIT, as their files say. */
const UNSTATED = ['cli-tableau', 'humanize-number', 'tv4'];

it('takes on no license that asks for more than its notice but those of pm2 and libvips', () => {
  const { packages } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const others = Object.entries(packages)
    .filter(
      ([path, { dev, license }]) => path !== '' && !dev && !(typeof license === 'string' && PERMISSIVE.test(license)),
    )
    .map(([path, { license }]) => [path.replace(/^.*node_modules\//, ''), license] as const)
    .filter(([name, license]) => !(typeof license !== 'string' && UNSTATED.includes(name)));

  const named = others.filter(([name]) => !name.startsWith('@img/'));
  const images = others.filter(([name]) => name.startsWith('@img/'));
  expect(named).toEqual([['pm2', 'AGPL-3.0']]);
  expect(images.filter(([, license]) => !String(license).includes('LGPL-3.0'))).toEqual([]);
});

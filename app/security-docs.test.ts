import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from './project-root.js';

const lines = readFileSync(join(PROJECT_ROOT, 'docs/security.md'), 'utf8').split('\n');
/** The third cell of each promise: the tests that hold it. */
const held = lines.filter((line) => /^\| .*`.*\.test\.ts`/.test(line)).map((line) => line.split(' | ').at(-1) ?? '');

it('every promise in docs/security.md names tests that there are', () => {
  expect(held.length).toBeGreaterThan(15);
  for (const cell of held) {
    for (const [, file = ''] of cell.matchAll(/`([\w./-]+\.test\.ts)`/g)) {
      expect(existsSync(join(PROJECT_ROOT, file)), file).toBe(true);
    }
  }
});

it('and where it names one by what it says, the file beside it says so', () => {
  for (const cell of held) {
    const texts = [...cell.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = '']) =>
      readFileSync(join(PROJECT_ROOT, file), 'utf8'),
    );
    for (const [, name = ''] of cell.matchAll(/“([^”]+)”/g)) {
      expect(texts.join('\n').includes(name), `${name} in ${cell}`).toBe(true);
    }
  }
});

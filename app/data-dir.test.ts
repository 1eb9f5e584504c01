import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDir } from './data-dir.js';
import { generatedOnce } from './generated-once.js';
import { PROJECT_ROOT } from './project-root.js';
import { StartError } from './start-error.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-data-dir-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('generatedOnce', () => {
  it('makes a file that only its owner may read, and keeps it', () => {
    const file = join(dir, 'key');

    expect(generatedOnce(file, () => 'first')).toBe('first');
    expect(generatedOnce(file, () => 'second')).toBe('first');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['key']);
  });

  it('gives way to another process that was quicker', () => {
    const file = join(dir, 'key');

    const content = generatedOnce(file, () => {
      writeFileSync(file, 'theirs', { mode: 0o600 });
      return 'ours';
    });

    expect(content).toBe('theirs');
    expect(readdirSync(dir)).toEqual(['key']);
  });

  it('lets many processes that start at the same instant agree', async () => {
    const built = pathToFileURL(join(PROJECT_ROOT, 'dist/app/data-dir.js')).href;
    const script = `
      import { openDataDir } from ${JSON.stringify(built)};
      process.stdin.once('data', () => {
        const opened = openDataDir(${JSON.stringify(dir)});
        process.stdout.write(opened.sessionKey() + ' ' + opened.tokenKeys().read().map(({ kid }) => kid).join());
        process.exit();
      });
      process.stderr.write('ready');`;
    const workers = Array.from({ length: 4 }, () => execFile(process.execPath, ['--input-type=module', '-e', script]));
    await Promise.all(workers.map(({ stderr }) => once(stderr ?? process.stderr, 'data')));
    const outputs = workers.map(({ stdout }) => once(stdout ?? process.stdout, 'data').then(String));

    for (const { stdin } of workers) stdin?.write('now');

    const keys = await Promise.all(outputs);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]?.split(' ')[0]).toBe(readFileSync(join(dir, 'session-key'), 'utf8'));
    expect(readdirSync(join(dir, 'token-keys'))).toEqual(['1.json']); // and no draft is left
  });

  it('refuses a file that is empty instead of working with an empty key', () => {
    const file = join(dir, 'key');
    writeFileSync(file, '\n');

    expect(() => generatedOnce(file, () => 'ours')).toThrow(StartError);
    expect(readFileSync(file, 'utf8')).toBe('\n');
  });
});

describe('openDataDir', () => {
  it('makes the folder, for its owner only, and leaves nothing else in it', () => {
    const made = join(dir, 'a/b');

    openDataDir(made);

    expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(readdirSync(made)).toEqual([]);
  });

  it('gives the same keys every time, and others in another folder', () => {
    const keysIn = (folder: string) => {
      const opened = openDataDir(folder);
      return [opened.sessionKey(), opened.tokenKeys().read()];
    };

    expect(keysIn(dir)).toEqual(keysIn(dir));
    expect(keysIn(dir)).not.toEqual(keysIn(join(dir, 'other')));
    expect(openDataDir(dir).sessionKey().length).toBeGreaterThanOrEqual(32);
    for (const name of ['session-key', 'token-keys/1.json']) {
      expect(statSync(join(dir, name)).mode & 0o777, name).toBe(0o600);
    }
  });

  it('says in one sentence what is wrong when the path is not a folder', () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');

    expect(() => openDataDir(join(file, 'data'))).toThrow(/^DATA_DIR .*not a folder/);
    expect(() => openDataDir(join(file, 'data'))).toThrow(StartError);
  });

  it('says which key file is damaged', () => {
    openDataDir(dir).tokenKeys();
    writeFileSync(join(dir, 'token-keys/1.json'), '{"kid":"not a key"}');

    expect(() => openDataDir(dir).tokenKeys()).toThrow(/token-keys\/1\.json/);
    expect(() => openDataDir(dir).tokenKeys()).toThrow(StartError);
  });
});

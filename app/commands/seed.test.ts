import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PEOPLE } from '../../demo/seed/people.js';
import { insertUser } from '../../services/users/user-rows.js';
import { cliIn } from '../../views/locales/cli.js';
import { loadConfig } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { createProgress } from './progress.js';
import { seed } from './seed.js';

let dataDir: string;
let printed: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'allium-test-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dataDir, { recursive: true });
});

const config = () => loadConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }, { terminal: false, managed: false });
const once = { posts: '3', seed: '1', password: false, covers: false, force: false };

it('says what it has created, and that these accounts cannot sign in', async () => {
  await seed(config(), once, 'en');

  expect(printed).toMatch(/Created 20 accounts, 3 posts/);
  expect(printed).toContain('These accounts cannot sign in');
});

it('refuses to run twice, saying what it found, except with --force', async () => {
  await seed(config(), once, 'en');

  await expect(seed(config(), once, 'en')).rejects.toThrow('There are 3 posts and 20 accounts already');
  await seed(config(), { ...once, force: true }, 'en');
  await expect(seed(config(), once, 'en')).rejects.toThrow('There are 6 posts and 20 accounts already');
});

it('leaves people their user names, and finds its own people again', async () => {
  openDataDir(dataDir);
  const database = await openMigrated(config().database, createLogger(config().log));
  const names = [...PEOPLE.map(({ username }) => username), 'ada'];
  for (const username of names) {
    const fields = { username, email: `${username}@example.com`, passwordHash: 'none' };
    await database.models.write((transaction) => insertUser(database.models, fields, transaction));
  }

  await seed(config(), once, 'en');
  await seed(config(), { ...once, force: true }, 'en');

  const people = await database.engine.read<{ username: string }>('SELECT username FROM users ORDER BY id');
  await database.close();
  expect(people.map(({ username }) => username)).toEqual([...names, ...PEOPLE.map(({ username }) => `${username}2`)]);
});

it('takes no plain first name, which people who try it out choose themselves', () => {
  expect(PEOPLE.map(({ username }) => username)).not.toContain('ada');
});

it.each([
  ['no number of posts', { posts: 'many' }],
  ['none at all', { posts: '0' }],
  ['a day that is none', { until: '2026-02-30' }],
])('refuses %s', async (_name, wrong) => {
  await expect(seed(config(), { ...once, ...wrong }, 'en')).rejects.toMatchObject({ code: 'validation_failed' });
});

it('draws one line on a terminal, and whole lines elsewhere', () => {
  const terminal = { isTTY: true, text: '', write: (text: string) => (terminal.text += text) };
  const log = { text: '', write: (text: string) => (log.text += text) };
  for (const output of [terminal, log]) {
    const progress = createProgress(output, cliIn.en.seed);
    for (let done = 0; done <= 10; done += 1) progress.show('posts', done, 10);
    progress.end();
  }

  expect(terminal.text.split('\n')).toHaveLength(2);
  expect(terminal.text).toContain('\r\u001b[K━');
  expect(log.text).not.toContain('\r');
  expect(log.text).toMatch(/^10 of 10 posts.*\n$/m);
});

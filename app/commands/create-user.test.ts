import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runToEnd } from '../../tests/support/server-process.js';
import { PASSWORD, startTestApp } from '../../tests/support/start-test-app.js';
import { databaseSetting } from '../../tests/support/test-database.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-command-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const allium = async (args: string[], input?: string) =>
  runToEnd(['dist/bin/allium.js', ...args], { DATA_DIR: dir, ...(await databaseSetting(dir)) }, input);
const create = (args: string[] = [], password = PASSWORD) =>
  allium(['user', 'create', '--email', 'ada@example.com', '--username', 'ada', ...args], `${password}\n`);

// Each starts a process or two, which takes a while on a busy machine.
describe('allium user create', { timeout: 60_000 }, () => {
  it('makes an administrator, who can sign in, so that no setup is needed', async () => {
    const { code, output } = await create(['--admin']);

    expect(output).toContain('Created admin ada with id 1.');
    expect(code).toBe(0);
    expect(output).not.toContain(PASSWORD);
    const app = await startTestApp({ DATA_DIR: dir });
    const ada = app.browser();
    expect((await ada.post('/api/auth/login', { username: 'ada', password: PASSWORD })).status).toBe(200);
    expect((await ada.get('/api/users')).status).toBe(200);
    expect(await app.services.setup.needed()).toBe(false);
    await app.stop();
  });

  it('makes plain users without --admin, and none twice', async () => {
    expect((await create()).output).toContain('Created user ada');

    const again = await create();
    expect(again.code).toBe(1);
    expect(again.output.trim()).toBe('ada@example.com is registered already');
  });

  it('says in plain words what is wrong', async () => {
    const short = await create([], 'short');

    expect(short.code).toBe(1);
    expect(short.output).toMatch(/password/);
    expect(short.output).not.toMatch(/at .*\.js:\d+/);
    expect(short.output).not.toContain('short\n');
  });
});

describe('allium user create with what is refused', { timeout: 60_000 }, () => {
  it('names the common password and the mixed scripts, in the language of the shell', async () => {
    const common = await create([], 'password1');
    const mixed = await create(['--username', 'ad\u0430']);
    const args = ['dist/bin/allium.js', 'user', 'create', '--email', 'ada@example.com', '--username', 'ada'];
    const chinese = await runToEnd(args, { DATA_DIR: dir, LC_ALL: 'zh_CN.UTF-8' }, 'password1\n');

    const lastLine = ({ output }: { output: string }) => output.trim().split('\n').at(-1);
    expect(lastLine(common)).toBe('password: This is one of the most common passwords; choose another one');
    expect(lastLine(mixed)).toBe(
      'username: Contains letters that cannot be combined (such as Latin with Cyrillic), or stray accents',
    );
    expect(lastLine(chinese)).toBe('password: 这个密码太常见，请换一个');
    expect([common.code, mixed.code, chinese.code]).toEqual([1, 1, 1]);
  });
});

describe('allium migrate', { timeout: 60_000 }, () => {
  it('brings a database up to date, and says so again the next time', async () => {
    for (let time = 0; time < 2; time += 1) {
      const { code, output } = await allium(['migrate']);
      expect(output).toContain('The database is up to date.');
      expect(code).toBe(0);
    }
  });
});

describe('--help', { timeout: 60_000 }, () => {
  it.each([
    ['C.UTF-8', 'Usage: allium user create'],
    ['zh_CN.UTF-8', '用法: allium user create'],
  ])('explains a command in the language of the shell, as with LANG=%s', async (LANG, usage) => {
    const args = ['dist/bin/allium.js', 'user', 'create', '--help'];
    const { code, output } = await runToEnd(args, { DATA_DIR: dir, LANG });

    expect(code).toBe(0);
    expect(output).toContain(usage);
    for (const option of ['--email', '--username', '--admin']) expect(output).toContain(option);
  });
});

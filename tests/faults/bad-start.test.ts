import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/redis-server.js';
import { describeWith } from '../support/requires.js';
import { runToEnd } from '../support/server-process.js';
import { stageSmallDisk } from '../support/small-disk.js';
import { stageAdmin, stageDir, stageServer } from '../support/stage.js';

const ROOT = join(import.meta.dirname, '../..');
/** Five of these may pass while Redis is waited for. */
const WITHIN_MS = 10_000;

describe('a start that cannot succeed ends at once with one sentence that says what to do', () => {
  it('when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;

    const said = await failedStart({ PORT: String(port) });

    expect(said).toBe(`Port ${port} on 127.0.0.1 is taken; stop the other process or set PORT`);
  });

  it('when the address is not one of this machine', async () => {
    const said = await failedStart({ HOST: '192.0.2.1', PUBLIC_URL: 'https://example.com' });

    expect(said).toMatch(/Cannot listen on 192\.0\.2\.1.*change HOST/);
  });

  it('when running it would not be safe, with every reason', async () => {
    const dataDir = stageDir();
    writeFileSync(join(dataDir, 'session-key'), 'a session key that others on this machine can read', { mode: 0o644 });
    const { code, output } = await start({ NODE_ENV: 'production', DATA_DIR: dataDir, HOST: '0.0.0.0' });

    expect(code).toBe(1);
    expect(output).toMatch(
      /not safe to run in production.*HOST=0\.0\.0\.0.*set PUBLIC_URL.*session-key has mode 0644.*chmod 600/s,
    );
    expect(output).not.toContain('    at ');
    expect(output).not.toContain('listening');
  });

  it('when settings are bad, naming all of them', async () => {
    const { code, output } = await start({
      PORT: '70000',
      PUBLIC_URL: 'ftp://example.com',
      REDIS_URL: 'http://127.0.0.1',
      SESSION_KEYS: 'short',
      TRUST_PROXY_HOPS: '-1',
      LOG_LEVEL: 'loud',
    });

    expect(code).toBe(1);
    for (const name of ['PORT', 'PUBLIC_URL', 'REDIS_URL', 'SESSION_KEYS', 'TRUST_PROXY_HOPS', 'LOG_LEVEL']) {
      expect(output).toMatch(new RegExp(`^ +${name}[.0-9]*: .+`, 'm'));
    }
    expect(output).toContain('correct them in the environment or in .env');
    expect(output).not.toContain('    at ');
  });

  it('when the limit on open files is too low', async () => {
    const env = { PATH: process.env['PATH'], DATA_DIR: stageDir(), PORT: '0' };
    const command = `ulimit -n 40; exec "${process.execPath}" dist/bin/www.js`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: ROOT, env, encoding: 'utf8' });

    expect([status, stdout, stderr.trim()]).toEqual([
      1,
      '',
      'This process may open 40 files and needs 256 or more; raise the limit (ulimit -n, LimitNOFILE)',
    ]);
  });

  it('when nothing listens where Redis should be', async () => {
    const port = await freePort();

    const said = await failedStart({ REDIS_URL: `redis://127.0.0.1:${port}` });

    expect(said).toMatch(/^Redis at 127\.0\.0\.1.* cannot be reached .*; start it, or correct or remove REDIS_URL$/);
  });

  it('in the language of the shell', async () => {
    const port = await freePort();
    const REDIS_URL = `redis://127.0.0.1:${port}`;

    expect(await failedStart({ REDIS_URL, LANG: 'zh_CN.UTF-8' })).toMatch(/^无法连接 127\.0\.0\.1.* 上的 Redis/);
    expect((await start({ LANG: 'zh_CN.UTF-8', PORT: '3000x' })).output.trim()).toBe(
      '以下设置无效；请在环境变量或 .env 中更正：\n  PORT: 应为整数',
    );
  });

  it('when Redis accepts connections and does not respond', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;

    expect(await failedStart({ REDIS_URL: `redis://127.0.0.1:${port}` })).toContain('REDIS_URL');
  });

  it('when the database is some other file', async () => {
    const dir = stageDir();
    writeFileSync(join(dir, 'allium.sqlite'), 'These are my notes.\n'.repeat(1_000));

    expect(await failedStart({ DATA_DIR: dir })).toContain('it is not an SQLite database; move it away or restore');
  });

  it('when a newer version has migrated the database', async () => {
    const { dir, file } = await realDatabase();
    await statements(file, "INSERT INTO migrations (name) VALUES ('9999-from-the-future')");

    expect(await failedStart({ DATA_DIR: dir })).toMatch(
      /a newer version of Allium has changed it; install that version/,
    );
  });

  it.each([
    ['has other tables', ['CREATE TABLE invoices (id INTEGER PRIMARY KEY)']],
    ['is migrated by other tools', ['CREATE TABLE migrations (id INTEGER, migration TEXT)', 'CREATE TABLE users (id)']],
    ['has migrations of other names', ['CREATE TABLE migrations (name TEXT)', "INSERT INTO migrations VALUES ('one')"]],
    ['has tables of the same names', ['CREATE TABLE users (id INTEGER)', 'CREATE TABLE posts (id INTEGER)']],
  ])('when the database of another program %s, which is left as it was', async (_how, sql) => {
    const dir = stageDir();
    const file = join(dir, 'allium.sqlite');
    await statements(file, ...sql);
    const before = readFileSync(file);

    expect(await failedStart({ DATA_DIR: dir })).toContain('it belongs to another program; correct DATABASE_URL');
    const doctor = await runToEnd(['dist/bin/allium.js', 'doctor'], { DATA_DIR: dir });
    expect(doctor.output).toContain('it belongs to another program; correct DATABASE_URL');
    expect(doctor.code).toBe(1);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dir).filter((name) => name.startsWith('allium.sqlite'))).toEqual(['allium.sqlite']);
  });

  it('when the second half of the database is missing', async () => {
    const { dir, file } = await realDatabase();
    truncateSync(file, readFileSync(file).length / 2);

    expect(await failedStart({ DATA_DIR: dir })).toContain('it is damaged; restore a backup');
  });

  it('when the schema in the database is overwritten', async () => {
    const { dir, file } = await realDatabase();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 100, 4096); // all of the first page but its header
    writeFileSync(file, bytes);

    expect(await failedStart({ DATA_DIR: dir })).toContain('it is damaged; restore a backup');
  });

  it('when the database is a folder', async () => {
    const dir = stageDir();
    mkdirSync(join(dir, 'allium.sqlite'));

    expect(await failedStart({ DATA_DIR: dir })).toContain('it cannot be opened; check the path and its permissions');
  });

  it('when DATA_DIR is a file', async () => {
    const file = join(stageDir(), 'data');
    writeFileSync(file, '');

    expect(await failedStart({ DATA_DIR: file })).toMatch(/^DATA_DIR .* cannot be written to .*choose another/);
  });

  it('when the key of the tokens is damaged', async () => {
    const { dir } = await realDatabase();
    writeFileSync(join(dir, 'token-keys/1.json'), 'no key');

    expect(await failedStart({ DATA_DIR: dir })).toMatch(/token-keys\/1\.json/);
  });
});

describeWith('small disk', 'a start on a disk that takes nothing ends at once with one sentence', () => {
  it('when it is full', async () => {
    const disk = stageSmallDisk(2);
    disk.fill();

    expect(await failedStart({ DATA_DIR: disk.dir })).toMatch(/the disk is full; free some space/);
  });

  it('when it becomes full while the database is made', async () => {
    const disk = stageSmallDisk(1);
    writeFileSync(join(disk.dir, 'others'), Buffer.alloc(940 * 1024)); // leaves room for keys, not for tables

    const { code, output } = await start({ DATA_DIR: disk.dir });

    expect(output.trim().split('\n').at(-1)).toMatch(/^The database .* the disk is full; free some space$/);
    expect(code).toBe(1);
  });

  it('when it is read-only', async () => {
    const disk = stageSmallDisk(2);
    disk.mountReadOnly();

    expect(await failedStart({ DATA_DIR: disk.dir })).toMatch(/read-only; choose another folder/);
  });

  it('when only the database is on a read-only disk', async () => {
    const disk = stageSmallDisk(8);
    const { file } = await realDatabase(disk.dir);
    disk.mountReadOnly();

    expect(await failedStart({ DATABASE_URL: `sqlite:${file}` })).toMatch(/(is read-only|cannot be opened)/);
  });
});

function start(env: Record<string, string>) {
  return runToEnd(['dist/bin/www.js'], {
    DATA_DIR: env['DATA_DIR'] ?? stageDir(),
    PORT: '0',
    LOG_LEVEL: 'fatal',
    ...env,
  });
}

/** The one line on standard error. */
async function failedStart(env: Record<string, string>): Promise<string> {
  const startedAt = performance.now();
  const { code, output } = await start(env);
  expect(output.trim()).not.toContain('\n');
  expect(code).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS);
  return output.trim();
}

/** As another program would, without our settings. */
async function statements(file: string, ...sql: readonly string[]): Promise<void> {
  const database = new sqlite3.Database(file);
  await promisify<string, void>(database.exec.bind(database))(sql.join(';'));
  await promisify(database.close.bind(database))();
}

/** A database that has been in use and was closed. */
async function realDatabase(dir = stageDir()): Promise<{ dir: string; file: string }> {
  const server = await stageServer({ DATA_DIR: dir });
  await stageAdmin(server);
  await server.stop();
  const file = join(dir, 'allium.sqlite');
  rmSync(`${file}-wal`, { force: true });
  return { dir, file };
}

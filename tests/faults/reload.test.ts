import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser, type Client } from '../support/client.js';
import { outcomes, startLoad, type Load } from '../support/load.js';
import { stagePm2, type Pm2Stage } from '../support/pm2.js';
import { freePort, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { describeWith } from '../support/requires.js';
import { account, cookieOf } from '../support/stage.js';
import { until } from '../support/until.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../support/upstream.js';

const REQUESTS = 20_000;

describeWith('redis-server', 'a reload of two workers under pm2', () => {
  let redis: RedisServer;
  let stage: Pm2Stage;
  let url: string;
  let admin: Client & { id: number };
  let catalogs: { old: UpstreamProcess; new: UpstreamProcess };

  beforeAll(async () => {
    redis = await startRedisServer();
    catalogs = { old: await startUpstream({ name: 'old' }), new: await startUpstream({ name: 'new' }) };
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    stage = stagePm2({ PORT: String(port), REDIS_URL: redis.url });
    declare('old');
    symlinkSync('elsewhere/upstreams.json', join(stage.dir, 'allium.upstreams.json'));
    const started = await stage.pm2('start', 'ecosystem.config.js');
    if (started.code !== 0) throw new Error(started.output);
    admin = await administrator();
  });
  afterAll(async () => {
    await stage.close();
    await redis.stop();
    await Promise.all([catalogs.old.stop(), catalogs.new.stop()]);
  });

  it(`fails none of ${REQUESTS} requests, on connections that stay and on new ones`, async () => {
    const before = await stage.workers();
    const loads = mixedLoad();

    const reloads = [await stage.reload()];
    const answered = () => loads.reduce((sum, { sent }) => sum + sent.length, 0);
    while (answered() < REQUESTS) reloads.push(await stage.reload());
    const sent = (await Promise.all(loads.map((load) => load.stop()))).flat();

    expect(reloads.map(({ code, output }) => (code === 0 ? 0 : output))).toEqual(reloads.map(() => 0));
    const after = await stage.workers();
    expect(after.map(({ status }) => status)).toEqual(['online', 'online']);
    expect(before.map(({ pid }) => pid)).not.toEqual(expect.arrayContaining([after[0]?.pid]));
    expect(before.map(({ pid }) => pid)).not.toEqual(expect.arrayContaining([after[1]?.pid]));
    expect(outcomes(sent)).toEqual({ 200: sent.length });
    expect(sent.length).toBeGreaterThanOrEqual(REQUESTS);
    process.stderr.write(`reload: ${sent.length} requests, ${reloads.length} reloads, 0 failed\n`);
  });

  it('reloads upstreams at SIGHUP in both workers, without dropping a request', async () => {
    const load = startLoad(url, { ...throughTheGateway(), connections: 6, keepAlive: true });
    const answering = async () => {
      const asked = Array.from({ length: 12 }, () => browser(url).get('/gw/open/counted'));
      const names = (await Promise.all(asked)).map((answer) => answer.json<{ name: string }>().name);
      return [...new Set(names)].join();
    };
    expect(await answering()).toBe('old');

    declare('new'); // where no worker can see it change
    const { code } = await stage.pm2('sendSignal', 'SIGHUP', 'allium');
    await until('both workers ask the new one', async () => (await answering()) === 'new');
    const { seen: before } = await catalogs.old.figures();
    const workers = await stage.workers();
    const sent = await load.stop();

    expect(code).toBe(0);
    expect(workers.map(({ status }) => status)).toEqual(['online', 'online']);
    expect((await catalogs.old.figures()).seen).toBe(before + 1); // the question itself
    expect(outcomes(sent)).toEqual({ 200: sent.length });
    expect(sent.length).toBeGreaterThan(100);
  });

  it('leaves the workers alone when the new build cannot start, and says why', async () => {
    const before = await stage.workers();
    const file = join(stage.dir, 'dist/app/server.js');
    const good = readFileSync(file);
    writeFileSync(file, `${good.toString()}\nthrow new Error('half a build');`);
    const loads = mixedLoad();

    const { code, output } = await stage.reload();
    const sent = (await Promise.all(loads.map((load) => load.stop()))).flat();
    writeFileSync(file, good);

    expect(code).toBe(1);
    expect(output).toMatch(/^The new build does not work: .*/);
    expect(output).toContain('half a build');
    expect(await stage.workers()).toEqual(before);
    expect(outcomes(sent)).toEqual({ 200: sent.length });
  });

  it('leaves the workers alone when the new build starts but serves no page', async () => {
    const before = await stage.workers();
    const file = join(stage.dir, 'dist/routes/pages/first-views.js');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replaceAll('await stateOf(ctx)', 'undefined.nothing'));

    const { code, output } = await stage.reload();
    writeFileSync(file, good);

    expect(code).toBe(1);
    expect(output).toContain('The new build does not work: / answers 500');
    expect(await stage.workers()).toEqual(before);
  });

  it('keeps the log where `pm2 logs` looks for it', async () => {
    const answer = await browser(url).get('/api/no-such-thing');

    const { requestId } = answer.json<{ requestId: string }>();
    const log = join(stage.logs, 'allium-out.log');
    const written = until('the line of the request', () => readFileSync(log, 'utf8').includes(requestId));
    await expect(written).resolves.toBe(true);
  });

  it('says so when the workers do not come up with the settings of this machine', async () => {
    const notADatabase = join(stage.dir, 'notes.txt');
    writeFileSync(notADatabase, 'no database\n'.repeat(1_000));

    writeFileSync(join(stage.dir, '.env'), `DATABASE_URL=sqlite:${notADatabase}`);
    stage.configure({ listen_timeout: 2_000 }); // pm2 would wait that long for each worker

    const { code, output } = await stage.reload();

    expect(code).toBe(1);
    expect(output).toContain('The reload did not succeed');
  });

  /** Signed-in reads, pages, writes and upstreams on connections that stay, and reads on connections of their own. */
  function mixedLoad(): Load[] {
    const headers = { Cookie: cookieOf(admin), 'X-CSRF': '1' };
    const change = {
      path: `/api/users/${admin.id}`,
      method: 'PATCH',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Ada' }),
    };
    return [
      startLoad(url, { path: '/api/auth/me', headers, connections: 12, keepAlive: true }),
      startLoad(url, { path: '/', headers: { Accept: 'text/html' }, connections: 4, keepAlive: true }),
      startLoad(url, { ...change, connections: 2, keepAlive: true }),
      startLoad(url, { path: '/api/auth/me', headers, connections: 6, keepAlive: false }),
      startLoad(url, { ...throughTheGateway(), connections: 4, keepAlive: true }),
    ];
  }

  function throughTheGateway() {
    return { path: '/gw/catalog/echo', headers: { Cookie: cookieOf(admin) } };
  }

  /** Writes the file that the link leads to: its folder is not the one that workers watch. */
  function declare(name: 'old' | 'new'): void {
    const folder = join(stage.dir, 'elsewhere');
    mkdirSync(folder, { recursive: true });
    const open = { instances: [catalogs[name].url], allow: EVERYTHING };
    writeUpstreams(join(folder, 'upstreams.json'), { catalog: { ...open, token: 'user' }, open });
  }

  async function administrator(): Promise<Client & { id: number }> {
    const token = await until('a setup link in the log', () => {
      const log = readFileSync(join(stage.logs, 'allium-out.log'), 'utf8');
      return /setup\?token=([\w-]+)/.exec(log)?.[1];
    });
    const client = browser(url);
    const answer = await client.post('/api/setup', { token, ...account('admin') });
    if (answer.status !== 201) throw new Error(answer.text);
    return { ...client, id: answer.json<{ user: { id: number } }>().user.id };
  }
});

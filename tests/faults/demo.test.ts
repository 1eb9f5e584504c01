import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { childrenOf } from '../support/children.js';
import { browser } from '../support/client.js';
import { until } from '../support/until.js';

let demo: ChildProcess | undefined;
afterEach(async () => {
  if (!demo || demo.exitCode !== null) return;
  const gone = once(demo, 'exit');
  demo.kill('SIGINT');
  await gone;
});

it('starts upstreams to try the gateway with, and leaves nothing behind', async () => {
  const child = spawn(process.execPath, ['demo/run.js'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  demo = child;
  const gone = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until('it says where it is', () => output.includes('Ctrl-C'), { withinMs: 60_000 });
  const [, url = ''] = /Allium +(\S+)/.exec(output) ?? [];
  const [, password = ''] = /password (\S+)/.exec(output) ?? [];
  const [, file = ''] = /declaration +(\S+)/.exec(output) ?? [];

  const client = browser(url);
  expect((await client.get('/gw/catalog/items')).status).toBe(401);
  expect((await client.post('/api/auth/login', { username: 'demo', password })).status).toBe(200);
  const answering = new Set<string>();
  for (let n = 0; n < 9; n += 1) {
    const answer = await client.get('/gw/catalog/items');
    expect(answer.status).toBe(200);
    answering.add(answer.json<{ instance: string }>().instance);
  }
  expect([...answering].toSorted()).toEqual(['catalog-1', 'catalog-2', 'catalog-3']);
  expect((await client.get('/gw/quotes/quote')).status).toBe(200);

  const processes = childrenOf(child.pid ?? 0);
  expect(processes).toHaveLength(5);
  child.kill('SIGINT');
  expect(await gone).toEqual([0, null]);
  expect(processes.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(existsSync(dirname(file))).toBe(false);
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { childrenOf } from '../support/children.js';
import { stageDir } from '../support/stage.js';
import { until } from '../support/until.js';

const SMOKE_TEST = `import('./dist/app/commands/smoke-test.js').then(({ smokeTest }) => smokeTest(process.env, 'en'))`;

describe('the smoke test of a reload', () => {
  it('is not registered with Consul, which would send it requests', async () => {
    const asked: string[] = [];
    const consul = createServer((req, res) => {
      asked.push(`${req.method} ${req.url}`);
      res.end('{}');
    });
    await once(consul.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      consul.closeAllConnections();
      consul.close();
    });

    const { port } = consul.address() as AddressInfo;
    const command = smokeTest({ CONSUL_URL: `http://127.0.0.1:${port}` });
    expect(await once(command, 'exit')).toEqual([0, null]);

    expect(asked).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends with the command that is ended by %s', async (signal) => {
    const command = smokeTest({});
    const pid = await until('the server that is tried out', () => childrenOf(command.pid ?? 0)[0]);

    command.kill(signal);
    await once(command, 'exit');

    const ended = until('its end', () => !existsSync(`/proc/${pid}`));
    await expect(ended).resolves.toBe(true);
  });
});

function smokeTest(env: Record<string, string>): ChildProcess {
  const command = spawn(process.execPath, ['-e', SMOKE_TEST], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'], TMPDIR: stageDir(), ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(() => void command.kill('SIGKILL'));
  return command;
}

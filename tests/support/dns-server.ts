import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { freePort } from './redis-server.js';
import { pathOf } from './requires.js';
import { until } from './until.js';

/** A dnsmasq of the test's own, that knows the zone `internal` and nothing else. */
export interface DnsServerProcess {
  /** As 127.0.0.1:5353 */
  address: string;
  /** Restarts on the same port with other records. */
  restart(records: readonly string[]): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** @param records as options of dnsmasq(8), like `--host-record=a.internal,10.0.0.1`; all live for one second. */
export async function startDnsServer(records: readonly string[]): Promise<DnsServerProcess> {
  const port = await freePort();
  let running = await run(port, records);
  return {
    address: `127.0.0.1:${port}`,
    async restart(others) {
      await running.stop();
      running = await run(port, others);
    },
    signal: (name) => running.signal(name),
    stop: () => running.stop(),
  };
}

async function run(port: number, records: readonly string[]) {
  const ready = '--host-record=ready.internal,127.0.0.1';
  const options = [
    '--keep-in-foreground --conf-file=/dev/null --pid-file= --user= --no-resolv --no-hosts --bind-interfaces',
    `--listen-address=127.0.0.1 --port=${port} --local=/internal/ --local-ttl=1`,
  ].flatMap((line) => line.split(' '));
  const child = spawn(pathOf('dnsmasq'), [...options, ready, ...records], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await until('the name server answers', () => resolver.resolve4('ready.internal'));
  return {
    signal: (name: NodeJS.Signals) => void child.kill(name),
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

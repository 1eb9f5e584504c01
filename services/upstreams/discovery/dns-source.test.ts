import { afterEach, expect, it } from 'vitest';
import { startDnsServer, type DnsServerProcess } from '../../../tests/support/dns-server.js';
import { describeWith } from '../../../tests/support/requires.js';
import { until } from '../../../tests/support/until.js';
import type { InstanceDefinition } from './instance-definition.js';
import type { InstanceSource } from './instance-source.js';
import { discoverySchema, type DnsSettings } from '../config/discovery.schema.js';
import { createDnsSource } from './dns-source.js';

let server: DnsServerProcess;
let source: InstanceSource;
let lines: string[];
let heard: (readonly InstanceDefinition[])[];

afterEach(async () => {
  await source.close();
  await server.stop();
});

async function watch(records: readonly string[], settings: Record<string, unknown>): Promise<void> {
  server = await startDnsServer(records);
  const checked = discoverySchema.parse({ type: 'dns', servers: [server.address], ...settings }) as DnsSettings;
  lines = [];
  heard = [];
  const write = (_fields: object, message: string) => void lines.push(message);
  source = createDnsSource(checked, { info: write, warn: write });
  await source.start((instances) => heard.push(instances));
}

const urls = () => source.current().map(({ url }) => url);
const srv = (target: string, port: number, priority: number, weight: number) =>
  `--srv-host=_http._tcp.catalog.internal,${target},${port},${priority},${weight}`;

describeWith('dnsmasq', 'instances from DNS', () => {
  it('takes port, weight and backup from SRV records', async () => {
    await watch(
      [
        '--host-record=one.internal,10.0.0.1',
        '--host-record=two.internal,10.0.0.2',
        '--host-record=spare.internal,10.0.0.3',
        srv('one.internal', 4101, 10, 0),
        srv('two.internal', 4102, 10, 5),
        srv('spare.internal', 4103, 20, 1),
      ],
      { name: '_http._tcp.catalog.internal', record: 'SRV' },
    );

    expect(source.current()).toEqual([
      { url: 'http://10.0.0.1:4101', weight: 1, backup: false, down: false },
      { url: 'http://10.0.0.2:4102', weight: 5, backup: false, down: false },
      { url: 'http://10.0.0.3:4103', weight: 1, backup: true, down: false },
    ]);
    expect(heard).toEqual([source.current()]);
  });

  it('omits a target that does not exist, and keeps the others', async () => {
    await watch(
      ['--host-record=one.internal,10.0.0.1', srv('one.internal', 4101, 1, 1), srv('gone.internal', 4102, 1, 1)],
      { name: '_http._tcp.catalog.internal' },
    );

    expect(urls()).toEqual(['http://10.0.0.1:4101']);
  });

  it('takes the addresses of A and AAAA records, with the port it is given', async () => {
    await watch(['--host-record=quotes.internal,10.0.0.1,fd00::1', '--host-record=quotes.internal,10.0.0.2'], {
      name: 'quotes.internal',
      record: 'A',
      port: 8080,
      scheme: 'https',
    });
    expect(urls()).toEqual(['https://10.0.0.1:8080', 'https://10.0.0.2:8080']);
    await source.close();
    await server.stop();

    await watch(['--host-record=quotes.internal,10.0.0.1,fd00::1'], {
      name: 'quotes.internal',
      record: 'AAAA',
      port: 8080,
    });
    expect(urls()).toEqual(['http://[fd00::1]:8080']);
  });

  it('uses TCP if the response does not fit into a datagram', async () => {
    const many = Array.from({ length: 80 }, (_, n) => `--host-record=many.internal,10.0.1.${n + 1}`);
    await watch(many, { name: 'many.internal', record: 'A', port: 80 });

    expect(source.current()).toHaveLength(80);
  });

  it('notices changed records once their TTL has expired, and logs nothing while they stay the same', async () => {
    await watch(['--host-record=quotes.internal,10.0.0.1'], { name: 'quotes.internal', record: 'A', port: 80 });

    await server.restart(['--host-record=quotes.internal,10.0.0.1', '--host-record=quotes.internal,10.0.0.9']);
    await until('the new record is seen', () => urls().includes('http://10.0.0.9:80'));

    expect(heard.map((instances) => instances.length)).toEqual([1, 2]);
  });

  it('keeps the last known instances while the name does not exist, and follows it when it is back', async () => {
    await watch(['--host-record=quotes.internal,10.0.0.1'], { name: 'quotes.internal', record: 'A', port: 80 });

    await server.restart([]);
    await until('the failure is noticed', () => lines.includes('the source of instances is away'));
    expect(urls()).toEqual(['http://10.0.0.1:80']);

    await server.restart(['--host-record=quotes.internal,10.0.0.2']);
    await until('the new record is seen', () => urls().includes('http://10.0.0.2:80'));
    expect(lines).toContain('the source of instances answers again');
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'keeps the last known instances after %s, and says so once',
    async (name) => {
      await watch(['--host-record=quotes.internal,10.0.0.1'], { name: 'quotes.internal', record: 'A', port: 80 });

      server.signal(name);
      await until('the failure is noticed', () => lines.includes('the source of instances is away'));
      await server.restart(['--host-record=quotes.internal,10.0.0.1', '--host-record=quotes.internal,10.0.0.2']);
      await until('the new record is seen', () => source.current().length === 2);

      expect(lines.filter((line) => line === 'the source of instances is away')).toHaveLength(1);
      expect(heard.map((instances) => instances.length)).toEqual([1, 2]);
    },
  );

  it('starts without instances if the name does not exist, and closes at once during a query', async () => {
    await watch([], { name: 'nowhere.internal', record: 'A', port: 80 });
    expect(urls()).toEqual([]);

    server.signal('SIGSTOP');
    const began = performance.now();
    await source.close();
    expect(performance.now() - began).toBeLessThan(1_900);
  });
});

import { describe, expect, it } from 'vitest';
import { discoverySchema } from './discovery.schema.js';

const mistakesIn = (settings: object) =>
  discoverySchema.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('the settings of discovery', () => {
  it('accept name servers by address, on port 53 unless they name another', () => {
    const servers = ['10.0.0.53', '127.0.0.1:5353', 'fd00::53', '[fd00::53]:5353'];

    expect(discoverySchema.parse({ type: 'dns', name: 'catalog.internal', servers })).toMatchObject({
      servers: [
        { host: '10.0.0.53', port: 53 },
        { host: '127.0.0.1', port: 5353 },
        { host: 'fd00::53', port: 53 },
        { host: 'fd00::53', port: 5353 },
      ],
    });
  });

  it.each(['ns.internal', '10.0.0.256', '10.0.0.1:0', '10.0.0.1:70000', ''])('refuse the name server %j', (text) => {
    expect(mistakesIn({ type: 'dns', name: 'catalog.internal', servers: [text] })).toEqual(['servers.0']);
  });

  it('require a port for records that contain none, and refuse it otherwise', () => {
    expect(mistakesIn({ type: 'dns', name: 'a.internal', record: 'A' })).toEqual(['port']);
    expect(mistakesIn({ type: 'dns', name: 'a.internal', record: 'AAAA', port: 80 })).toEqual([]);
    expect(mistakesIn({ type: 'dns', name: 'a.internal', record: 'SRV', port: 80 })).toEqual(['port']);
  });

  it.each(['', 'a..internal', 'a b.internal', `${'x'.repeat(64)}.internal`])('refuse the name %j', (name) => {
    expect(mistakesIn({ type: 'dns', name })).toEqual(['name']);
  });

  it('refuse unknown settings', () => {
    expect(discoverySchema.safeParse({ type: 'zookeeper', service: 'a' }).success).toBe(false);
    expect(discoverySchema.safeParse({ type: 'consul', service: 'a', tokken: 'x' }).success).toBe(false);
  });
});

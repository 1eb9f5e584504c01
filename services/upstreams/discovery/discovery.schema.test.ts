import { describe, expect, it } from 'vitest';
import { discoverySchema } from './discovery.schema.js';

const mistakesIn = (settings: object) =>
  discoverySchema.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('the settings of discovery', () => {
  it('name name servers by address, on port 53 unless they say otherwise', () => {
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

  it.each(['ns.internal', '10.0.0.256', '10.0.0.1:0', '10.0.0.1:70000', ''])('refuse %j for one', (text) => {
    expect(mistakesIn({ type: 'dns', name: 'catalog.internal', servers: [text] })).toEqual(['servers.0']);
  });

  it('ask for a port where the records name none, and only there', () => {
    expect(mistakesIn({ type: 'dns', name: 'a.internal', record: 'A' })).toEqual(['port']);
    expect(mistakesIn({ type: 'dns', name: 'a.internal', record: 'AAAA', port: 80 })).toEqual([]);
    expect(mistakesIn({ type: 'dns', name: 'a.internal', record: 'SRV', port: 80 })).toEqual(['port']);
  });

  it.each(['', 'a..internal', 'a b.internal', `${'x'.repeat(64)}.internal`])('refuse %j for a name', (name) => {
    expect(mistakesIn({ type: 'dns', name })).toEqual(['name']);
  });

  it('refuse what they do not know', () => {
    expect(discoverySchema.safeParse({ type: 'zookeeper', service: 'a' }).success).toBe(false);
    expect(discoverySchema.safeParse({ type: 'consul', service: 'a', tokken: 'x' }).success).toBe(false);
  });
});

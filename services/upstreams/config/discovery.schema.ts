import { isIP } from 'node:net';
import { z } from 'zod';

const MINUTE_MS = 60_000;
const port = z.int().min(1).max(65_535);
const scheme = z.enum(['http', 'https']).default('http');

/** An address of a name server as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:53. */
const nameServer = z.string().transform((text, issues) => {
  const [, bracketed, plain, portText = '53'] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const server = { host: bracketed ?? plain ?? text, port: Number(portText) };
  if (isIP(server.host) !== 0 && port.safeParse(server.port).success) return server;
  issues.addIssue({ code: 'custom', message: 'give a name server as an IP address, and its port if it is not 53' });
  return z.NEVER;
});

const dns = z
  .strictObject({
    type: z.literal('dns'),
    /** Fully qualified: search domains are not tried. */
    name: z.string().regex(/^(?=.{1,253}$)([\w-]{1,63}\.)*[\w-]{1,63}\.?$/, 'a domain name is needed'),
    record: z.enum(['A', 'AAAA', 'SRV']).default('SRV'),
    /** Required for A and AAAA, which contain no port. */
    port: port.optional(),
    scheme,
    /** Default: those of the machine. */
    servers: z.array(nameServer).min(1).optional(),
  })
  .refine(({ record, port }) => (record === 'SRV') === (port === undefined), {
    path: ['port'],
    message: 'A and AAAA records need a port; SRV records hold it themselves',
  });

const consul = z.strictObject({
  type: z.literal('consul'),
  service: z.string().min(1),
  /** Of an agent. */
  address: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8500'),
  tag: z.string().min(1).optional(),
  datacenter: z.string().min(1).optional(),
  scheme,
  /** How long an agent may hold a query until there is a change. */
  waitMs: z
    .int()
    .min(1_000)
    .max(10 * MINUTE_MS)
    .default(MINUTE_MS),
});

/** The `discovery` of an upstream, in place of `instances`. */
export const discoverySchema = z.discriminatedUnion('type', [dns, consul]);

export type DnsSettings = z.output<typeof dns>;
export type ConsulSettings = z.output<typeof consul>;
export type DiscoverySettings = z.output<typeof discoverySchema>;

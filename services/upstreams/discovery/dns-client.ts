import { randomInt } from 'node:crypto';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { withTimeout } from '../with-timeout.js';
import { queryOverTcp, queryOverUdp, type DnsResponse, type DnsServer } from './dns-transport.js';

/** Passes any network unfragmented (DNS Flag Day 2020). */
const UDP_PAYLOAD_BYTES = 1_232;

export type DnsRecordType = 'A' | 'AAAA' | 'SRV';

/** No server responded, or all returned a failure such as SERVFAIL. */
export class DnsFailed extends Error {
  override readonly name: string = 'DnsFailed';
}
/** A server returned NXDOMAIN: others would as well. */
export class NoSuchName extends DnsFailed {
  override readonly name = 'NoSuchName';
}

interface DnsClientOptions {
  /** Queried in order until one responds. */
  servers: readonly DnsServer[];
  /** For the response of one server, over UDP and over TCP each. */
  timeoutMs?: number;
}

export type DnsClient = ReturnType<typeof createDnsClient>;

/** Queries name servers itself: Node's resolver does not return the TTL of SRV records. */
export function createDnsClient({ servers, timeoutMs = 2_000 }: DnsClientOptions) {
  return {
    /**
     * Returns the records of a name, followed by the additional records of the response.
     *
     * @throws DnsFailed when no server can answer.
     * @throws NoSuchName
     */
    async resolve(name: string, type: DnsRecordType, closing: AbortSignal): Promise<Answer[]> {
      const failures: string[] = [];
      for (const server of servers) {
        try {
          const { rcode, answers = [], additionals = [] } = await query(server, questionFor(name, type), closing);
          if (rcode === 'NXDOMAIN') throw new NoSuchName(`${name} does not exist according to ${server.host}`);
          if (rcode === 'NOERROR') return [...answers, ...additionals];
          failures.push(`${server.host}: ${rcode}`);
        } catch (error) {
          closing.throwIfAborted();
          if (error instanceof NoSuchName) throw error;
          failures.push(`${server.host}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      throw new DnsFailed(`${type} records of ${name} could not be looked up: ${failures.join('; ')}`);
    },
  };

  /** Repeats the query over TCP if the response was truncated (RFC 7766 section 5). */
  async function query(server: DnsServer, question: Packet, closing: AbortSignal): Promise<DnsResponse> {
    const response = await withTimeout(timeoutMs, closing, (signal) => queryOverUdp(server, question, signal));
    if (!response.flag_tc) return response;
    return withTimeout(timeoutMs, closing, (signal) => queryOverTcp(server, question, signal));
  }
}

function questionFor(name: string, type: DnsRecordType): Packet {
  return {
    type: 'query',
    id: randomInt(65_536),
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type, name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_PAYLOAD_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        options: [],
      },
    ] as never,
  };
}

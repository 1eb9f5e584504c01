import { randomInt } from 'node:crypto';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { withinTime } from '../within-time.js';
import { askOverTcp, askOverUdp, type DnsAnswer, type DnsServer } from './dns-transport.js';

/** What passes any network in one piece (DNS Flag Day 2020). */
const UDP_PAYLOAD_BYTES = 1_232;

export type DnsRecordType = 'A' | 'AAAA' | 'SRV';

/** No server has answered, or all have answered with a failure such as SERVFAIL. */
export class DnsFailed extends Error {
  override readonly name: string = 'DnsFailed';
}
/** A server has answered NXDOMAIN: others would as well. */
export class NoSuchName extends DnsFailed {
  override readonly name = 'NoSuchName';
}

interface Options {
  /** Asked one after the other, until one knows. */
  servers: readonly DnsServer[];
  /** Longest wait for an answer of one server, over UDP and over TCP each. */
  timeoutMs?: number;
}

export type DnsClient = ReturnType<typeof createDnsClient>;

/** Asks name servers itself: Node's resolver does not tell the TTL of SRV records. */
export function createDnsClient({ servers, timeoutMs = 2_000 }: Options) {
  return {
    /**
     * The records of a name, followed by those that the server adds unasked.
     *
     * @throws DnsFailed when no server can tell.
     * @throws NoSuchName
     */
    async resolve(name: string, type: DnsRecordType, closing: AbortSignal): Promise<Answer[]> {
      const failures: string[] = [];
      for (const server of servers) {
        try {
          const { rcode, answers = [], additionals = [] } = await ask(server, questionFor(name, type), closing);
          if (rcode === 'NXDOMAIN') throw new NoSuchName(`${name} does not exist, says ${server.host}`);
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

  /** What is too large for UDP is asked for again over TCP (RFC 7766 section 5). */
  async function ask(server: DnsServer, question: Packet, closing: AbortSignal): Promise<DnsAnswer> {
    const answer = await withinTime(timeoutMs, closing, (signal) => askOverUdp(server, question, signal));
    if (!answer.flag_tc) return answer;
    return withinTime(timeoutMs, closing, (signal) => askOverTcp(server, question, signal));
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

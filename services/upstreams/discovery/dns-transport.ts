import { createSocket } from 'node:dgram';
import { on, once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import dnsPacket, { type DecodedPacket, type Packet } from 'dns-packet';

export interface DnsServer {
  /** An IP address. */
  host: string;
  port: number;
}

/** The types of dns-packet leave out the name of the response code, which it always sets. */
export type DnsAnswer = DecodedPacket & { rcode: string };

/**
 * Asks by a socket of its own, connected: from a random port, and deaf to everybody but the server.
 *
 * @throws when `signal` ends the waiting, or nobody listens there.
 */
export async function askOverUdp(server: DnsServer, question: Packet, signal: AbortSignal): Promise<DnsAnswer> {
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
  try {
    socket.connect(server.port, server.host);
    await once(socket, 'connect', { signal });
    const messages = on(socket, 'message', { signal });
    socket.send(dnsPacket.encode(question));
    for await (const [message] of messages as AsyncIterable<[Buffer]>) {
      const answer = answerIn(message, question);
      if (answer) return answer;
    }
    throw new Error('no answer');
  } finally {
    socket.close();
  }
}

/**
 * Asks by a connection of its own; each message has its length in front, in two octets (RFC 1035 section 4.2.2).
 *
 * @throws when `signal` ends the waiting, or the server hangs up before the answer is there.
 */
export async function askOverTcp(server: DnsServer, question: Packet, signal: AbortSignal): Promise<DnsAnswer> {
  const socket = connect({ ...server, signal });
  try {
    socket.end(dnsPacket.streamEncode(question));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE()) continue;
      const answer = answerIn(received.subarray(2, 2 + received.readUInt16BE()), question);
      if (answer) return answer;
      break;
    }
    throw new Error('no answer over TCP');
  } finally {
    socket.destroy();
  }
}

/** What somebody else has sent, or sent before, is not an answer (RFC 5452 section 9.1). */
function answerIn(message: Buffer, question: Packet): DnsAnswer | undefined {
  let answer: DnsAnswer;
  try {
    answer = dnsPacket.decode(message) as DnsAnswer;
  } catch {
    return undefined;
  }
  const [asked] = question.questions ?? [];
  const [echoed] = answer.questions ?? [];
  const same =
    answer.id === question.id &&
    answer.flag_qr &&
    echoed?.type === asked?.type &&
    echoed?.name.toLowerCase() === asked?.name.toLowerCase();
  return same ? answer : undefined;
}

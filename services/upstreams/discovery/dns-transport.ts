import { createSocket } from 'node:dgram';
import { on, once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import dnsPacket, { type DecodedPacket, type Packet } from 'dns-packet';

export interface DnsServer {
  /** An IP address. */
  host: string;
  port: number;
}

/** The types of dns-packet omit the name of the response code, which it always sets. */
export type DnsResponse = DecodedPacket & { rcode: string };

/**
 * Queries by a connected socket of its own: from a random port, and receiving from the server only.
 *
 * @throws when `signal` fires, or the port is closed.
 */
export async function queryOverUdp(server: DnsServer, question: Packet, signal: AbortSignal): Promise<DnsResponse> {
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
  try {
    socket.connect(server.port, server.host);
    await once(socket, 'connect', { signal });
    const messages = on(socket, 'message', { signal });
    socket.send(dnsPacket.encode(question));
    for await (const [message] of messages as AsyncIterable<[Buffer]>) {
      const response = responseIn(message, question);
      if (response) return response;
    }
    throw new Error('no response');
  } finally {
    socket.close();
  }
}

/**
 * Queries by a connection of its own; each message is preceded by its length in two octets (RFC 1035 section 4.2.2).
 *
 * @throws when `signal` fires, or the server closes the connection before the response is complete.
 */
export async function queryOverTcp(server: DnsServer, question: Packet, signal: AbortSignal): Promise<DnsResponse> {
  const socket = connect({ ...server, signal });
  try {
    socket.end(dnsPacket.streamEncode(question));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE()) continue;
      const response = responseIn(received.subarray(2, 2 + received.readUInt16BE()), question);
      if (response) return response;
      break;
    }
    throw new Error('no response over TCP');
  } finally {
    socket.destroy();
  }
}

/** Returns the response to this question, not to an earlier one or a forged one (RFC 5452 section 9.1). */
function responseIn(message: Buffer, question: Packet): DnsResponse | undefined {
  let response: DnsResponse;
  try {
    response = dnsPacket.decode(message) as DnsResponse;
  } catch {
    return undefined;
  }
  const [sent] = question.questions ?? [];
  const [echoed] = response.questions ?? [];
  const same =
    response.id === question.id &&
    response.flag_qr &&
    echoed?.type === sent?.type &&
    echoed?.name.toLowerCase() === sent?.name.toLowerCase();
  return same ? response : undefined;
}

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** An upstream that sends bytes as no HTTP library would. */
export interface RawUpstream {
  url: string;
  /** What it was sent, as Latin-1. */
  received: string[];
  close(): void;
}

/** Sends what the path says: the bytes of `/raw/<base64url>`, and after `/raw/<base64url>/<number>` as many of a body. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const received: string[] = [];
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket.on('error', () => {}).on('close', () => connections.delete(socket)));
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      const [, wanted, bytes] = /^[A-Z]+ \/raw\/([\w-]+)(?:\/(\d+))?/.exec(text) ?? [];
      if (wanted === undefined) return;
      received.push(text);
      socket.write(Buffer.from(wanted, 'base64url'));
      socket.write('x'.repeat(Number(bytes ?? 0)));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close() {
      for (const socket of connections) socket.destroy();
      server.close();
    },
  };
}

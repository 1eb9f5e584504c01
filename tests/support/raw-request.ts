import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends raw bytes, which `fetch` would normalize, and returns the whole response. */
export async function rawRequest(
  url: string,
  request: string | Buffer,
  encoding: BufferEncoding = 'utf8',
): Promise<string> {
  return (await send(url, request, encoding)).answer;
}

/** The same for a request that comes in parts: `answer` resolves when the server has closed the connection. */
export async function send(url: string, first: string | Buffer, encoding: BufferEncoding = 'utf8') {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding(encoding).on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => {}); // a server that has answered may reset what is still on its way
  const answer = once(socket, 'close').then(() => text);
  socket.write(first);
  return { answer, write: (rest: string | Buffer) => void socket.write(rest) };
}

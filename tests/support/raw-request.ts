import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends bytes as they are, which `fetch` would put right first, and answers everything that comes back. */
export async function rawRequest(
  url: string,
  request: string | Buffer,
  encoding: BufferEncoding = 'utf8',
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding(encoding).on('data', (chunk: string) => (answer += chunk));
  socket.on('error', () => {}); // a server that has answered may reset what is still on its way
  socket.write(request);
  await once(socket, 'close');
  return answer;
}

import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is expected of clients. Times in milliseconds. */
export interface ConnectionLimits {
  /** An answer of which nothing is taken for this long, or twice as long (Node looks when it runs out), is given up, */
  stalledMs?: number;
  /** and so is one that is being taken for this long, however steadily. */
  sendingMs?: number;
  /** Bytes of responses that may wait in this process for one client, */
  maxWaitingBytes?: number;
  /** and for all of them. */
  maxWaitingBytesInAll?: number;
  sweepMs?: number;
}

const MB = 1024 * 1024;
/** What a response costs while its client is behind, besides the bytes that wait: compressing one takes so much. */
const BEHIND_BYTES = MB / 4;

/** Requests that a client may send ahead of their answers. Browsers and proxies send none. */
const MAX_PIPELINED = 16;

interface Behind {
  socket: Socket;
  behindSince: number;
  bytes: number;
}

interface Connection {
  /** Answers that are still to be sent. */
  owed: Set<ServerResponse>;
  /** Since when the client has not taken all that was written to it; `performance.now()`. */
  behindSince?: number | undefined;
}

/**
 * Watches what each connection is owed, and hangs up on clients that do not take it.
 *
 * Node says of an answer that it is closed only when its turn on the connection has come. When a client that sent
 * several requests at once hangs up, those behind the first would count as in flight for ever: here they end with it.
 *
 * What clients do not read waits in memory. Those for whom most waits, and when it is too much in all, those who are
 * behind for longest, are disconnected.
 *
 * When there are as many connections as `maxConnections` says, each new one closes the oldest on which nothing is being
 * answered, so that idle clients do not lock others out.
 *
 * @returns the connections on which no request is being answered, oldest first: keep-alive, opened ahead by a browser,
 *   or holding half a request. Only the first kind is idle to Node; for the others it would wait.
 */
export function watchConnections(
  server: Server,
  {
    stalledMs = 15_000,
    sendingMs = 10 * 60_000,
    maxWaitingBytes = 8 * MB,
    maxWaitingBytesInAll = 64 * MB,
    sweepMs = 250,
  }: ConnectionLimits = {},
): () => Iterable<Socket> {
  const connections = new Map<Socket, Connection>();
  server.on('connection', (socket: Socket) => {
    const owed = new Set<ServerResponse>();
    connections.set(socket, { owed });
    socket.once('close', () => {
      connections.delete(socket);
      for (const answer of owed) answer.emit('close');
    });
  });
  server.prependListener('request', ({ socket }, answer) => {
    const owed = connections.get(socket)?.owed;
    owed?.add(answer);
    answer.once('close', () => owed?.delete(answer));
    if (owed && owed.size > MAX_PIPELINED) socket.destroy();
  });
  // What has become something else is neither quiet nor owed an answer.
  server.prependListener('upgrade', (_req, socket) => connections.delete(socket as Socket));
  server.on('drop', () => {
    for (const socket of quiet()) return void socket.destroy();
  });
  const sweeping = setInterval(() => {
    const behind: Behind[] = [];
    for (const [socket, connection] of connections) {
      if (connection.owed.size === 0 && connection.behindSince === undefined) continue;
      sweep(socket, connection);
      const { owed, behindSince } = connection;
      const bytes = waitingBytes(owed) + (behindSince === undefined ? 0 : BEHIND_BYTES);
      if (bytes > maxWaitingBytes) socket.destroy();
      else if (behindSince !== undefined) behind.push({ socket, behindSince, bytes });
    }
    relieve(behind, maxWaitingBytesInAll);
  }, sweepMs);
  sweeping.unref();
  server.once('close', () => clearInterval(sweeping));
  return quiet;

  function* quiet(): Generator<Socket, void, void> {
    for (const [socket, { owed }] of connections) if (owed.size === 0) yield socket;
  }

  /** Node's own timeout distinguishes a slow reader from one that has stopped; it is set only while something is to be read. */
  function sweep(socket: Socket, connection: Connection): void {
    const behind = connection.owed.size > 0 && socket.writableLength > 0;
    if (behind && connection.behindSince === undefined) {
      connection.behindSince = performance.now();
      socket.setTimeout(stalledMs);
    } else if (behind && performance.now() - (connection.behindSince ?? 0) > sendingMs) {
      socket.destroy();
    } else if (!behind && connection.behindSince !== undefined) {
      connection.behindSince = undefined;
      if (connection.owed.size > 0) socket.setTimeout(0); // else Node's limit for keep-alive connections runs already
    }
  }
}

function waitingBytes(owed: ReadonlySet<ServerResponse>): number {
  let bytes = 0;
  for (const response of owed) bytes += response.writableLength;
  return bytes;
}

/** Disconnects the clients that are behind for longest until what waits for the others is at most `maxBytes`. */
function relieve(behind: readonly Behind[], maxBytes: number): void {
  let waiting = behind.reduce((sum, { bytes }) => sum + bytes, 0);
  if (waiting <= maxBytes) return;
  for (const { socket, bytes } of behind.toSorted((one, other) => one.behindSince - other.behindSince)) {
    if (waiting <= maxBytes) return;
    socket.destroy();
    waiting -= bytes;
  }
}

import { once } from 'node:events';
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type Koa from 'koa';
import { refusalHeaders } from '../middlewares/security-headers.js';
import type { AppContext, AppState } from '../middlewares/state.js';
import { offerUpgrade } from '../middlewares/gateway/upgrade.js';
import type { Config } from './config.js';
import { watchConnections } from './connections.js';
import { StartError, type Sentence } from './start-error.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

const SWEEP_MS = 50;
/** How long a connection without a whole request may still bring one after the port was closed. */
const SILENCE_MS = 1_000;

/** A server that listens. */
export interface Listener {
  /** Where, as http://127.0.0.1:3000 */
  url: string;
  /** Serves a connection that was accepted elsewhere. */
  accept(socket: Socket): void;
  /** Takes requests for `drainMs` more, each answered with `Connection: close`; then answers those in flight and ends. */
  drain(drainMs: number): Promise<void>;
}

/**
 * @param closeUpgraded called once the port is closed.
 * @throws StartError when the port cannot be had.
 */
export async function listen(
  app: Koa<AppState, AppContext>,
  { host, port, https, maxConnections }: Pick<Config['http'], 'host' | 'port' | 'https' | 'maxConnections'>,
  closeUpgraded: () => Promise<void> = () => Promise.resolve(),
): Promise<Listener> {
  let draining = false;
  const server = serve(app, https, () => draining);
  server.maxConnections = maxConnections;
  const quiet = watchConnections(server);
  await bind(server, { host, port });
  return {
    url: addressOf(server, host),
    accept: (socket) => void server.emit('connection', socket), // https://nodejs.org/api/http.html#event-connection
    drain(drainMs) {
      draining = true;
      return drain(server, { quiet, closeUpgraded }, drainMs);
    },
  };
}

/** Times out clients that send slowly, and answers what is not even HTTP in the form of every other error. */
function serve(app: Koa<AppState, AppContext>, https: boolean, isDraining: () => boolean): Server {
  const handle = app.callback();
  const server = createServer(
    {
      headersTimeout: 15 * SECOND_MS,
      requestTimeout: MINUTE_MS,
      keepAliveTimeout: 75 * SECOND_MS, // longer than proxies keep theirs, so that they never write into a closing one
      connectionsCheckingInterval: 5 * SECOND_MS,
      requireHostHeader: false, // Node would refuse without a word; `requestLimits` says why
    },
    (req, res) => {
      // Before the port closes every client receives `Connection: close`.
      if (isDraining()) res.setHeader('Connection', 'close');
      void handle(req, res);
    },
  );
  server.on('checkExpectation', (req, res) => server.emit('request', req, res)); // likewise
  const refuse = refuseMalformed(refusalHeaders({ https }));
  server.on('clientError', refuse);
  server.on('upgrade', (req, socket, head) => {
    socket.on('error', () => {}); // a client that disconnects while nothing else listens
    if (hasBody(req)) refuse(new Error('a body with an upgrade'), socket as Socket);
    else enterUpgrade(req, socket, head, handle);
  });
  server.on('connect', (_req, socket) => refuse(new Error('we are no proxy of that kind'), socket as Socket));
  return server;
}

const hasBody = ({ headers }: IncomingMessage) =>
  Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined;

/**
 * Leads a request for an upgrade through the onion like any other; the gateway takes its socket over, or an answer is
 * written. Node has let go of the socket by now, so that a body could no longer be distinguished from the next request.
 */
function enterUpgrade(
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): void {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Socket);
  res.once('finish', () => socket.end());
  socket.on('drain', () => res.emit('drain')); // Node has stopped listening for it
  offerUpgrade(req, res, socket, head);
  void handle(req, res);
}

/** What the parser could read no further, with the bytes in which it stopped. */
type ParseError = NodeJS.ErrnoException & { rawPacket?: Buffer };

const REFUSALS: Record<string, [status: string, code: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'malformed_body'],
};
/** Headers that a token makes too long: none of ours is that long, so it gets the response of any invalid token. */
const TOKEN_REFUSAL: [status: string, code: string] = ['401 Unauthorized', 'invalid_token'];
const BEARER = /\r\nauthorization: *bearer /i;

function refusalOf({ code = '', rawPacket }: ParseError): [status: string, code: string] {
  if (code === 'HPE_HEADER_OVERFLOW' && rawPacket && BEARER.test(rawPacket.toString('latin1'))) return TOKEN_REFUSAL;
  return REFUSALS[code] ?? ['400 Bad Request', 'malformed_body'];
}

function refuseMalformed(headers: Readonly<Record<string, string>>) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (error: ParseError, socket: Socket): void => refuse(error, socket, lines.join(''));
}

function refuse(error: ParseError, socket: Socket, headers: string): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, code] = refusalOf(error);
  const challenge = status.startsWith('401') ? 'WWW-Authenticate: Bearer error="invalid_token"\r\n' : '';
  const body = JSON.stringify({ error: status.slice(4), code, requestId: null });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `${headers}${challenge}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** @throws StartError */
async function bind(server: Server, { host, port }: Pick<Config['http'], 'host' | 'port'>): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const sentence: Sentence = ({ start }) =>
      code === 'EADDRINUSE' ? start.portTaken(port, host) : start.cannotListen(host, port, code);
    throw new StartError(sentence, { cause });
  }
}

interface Connections {
  /** Those on which no request is being answered. */
  quiet: () => Iterable<Socket>;
  /** Says goodbye on those that have become something else. */
  closeUpgraded: () => Promise<void>;
}

/**
 * Goes on accepting for a while with `Connection: close`, so that pm2 or a load balancer
 * sends requests elsewhere first; then closes the port and waits for the requests in flight.
 */
async function drain(server: Server, { quiet, closeUpgraded }: Connections, drainMs: number): Promise<void> {
  await wait(drainMs);
  const closed = once(server, 'close');
  server.close();
  void closeUpgraded();
  // Again and again: a connection whose request is in flight stays open afterwards, and Node would wait for it.
  const sweeping = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const losingPatience = setTimeout(() => {
    for (const socket of quiet()) socket.destroy();
  }, SILENCE_MS);
  await closed;
  clearInterval(sweeping);
  clearTimeout(losingPatience);
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  // Every address of the machine is none that a link could lead to.
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

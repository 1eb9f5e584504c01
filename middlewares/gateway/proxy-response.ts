import type { ServerResponse } from 'node:http';
import type {
  AccessCheck,
  Gateway,
  ProxyExchange,
  ResponseSink,
  UpstreamDefinition,
} from '../../services/upstreams/index.js';
import type { Context, Middleware } from '../state.js';
import type { CacheSlot } from './fetch-with-cache.js';
import { ourCookies } from './our-cookies.js';
import { setHeaders, trailersToPass } from './response-headers.js';

/** An upstream's response whose head has arrived and whose body waits. */
export interface ProxiedResponse {
  exchange: ProxyExchange;
  definition: UpstreamDefinition;
  /** Rewritten for the client; undefined for none. */
  location: string | undefined;
  /** Where the response is stored once it is complete. */
  store: CacheSlot | undefined;
  /** Checked while the body is sent; undefined for an anonymous caller. */
  access: AccessCheck | undefined;
}

interface ProxyResponseOptions {
  gateway: Pick<Gateway, 'tunnels'>;
  /** Cookies that no upstream may set. */
  cookieNames: readonly string[];
}

/**
 * Sends an upstream's response straight from its connection to the client's. Stands above every layer that may set a
 * header or fail after the gateway has received the response's head.
 */
export function proxyResponse({ gateway: { tunnels }, cookieNames }: ProxyResponseOptions): Middleware {
  const isOurCookie = ourCookies(cookieNames);
  return async function proxyResponseMiddleware(ctx, next) {
    await next();
    const { proxied } = ctx.state;
    if (!proxied) return;
    const { exchange, store, access } = proxied;
    try {
      setHead(ctx.res, proxied, isOurCookie);
      const sink = sinkOf(ctx.res, proxied);
      exchange.sendTo(store ? store.cache.recording(store.key, exchange.headers, sink) : sink);
      if (!exchange.isOver) tunnels.watch(exchange, access);
    } catch (error) {
      exchange.abort(error as Error); // else its connection would stay in use
      throw error;
    }
  };
}

/** Leaves the response to `proxyResponse`: other layers and Koa set headers at most. */
export function sendLater(ctx: Context, proxied: ProxiedResponse): void {
  ctx.respond = false;
  (ctx as { compress?: boolean }).compress = false; // it would buffer event streams, and compress what is compressed
  ctx.state.proxied = proxied;
}

/** Aborts the proxied response, if there is one, after a failure: an error is sent instead. */
export function dropProxiedResponse(ctx: Context, error: Error): void {
  ctx.state.proxied?.exchange.abort(error);
  ctx.state.proxied = undefined;
  ctx.respond = true;
}

function setHead(
  res: ServerResponse,
  { exchange, definition, location }: ProxiedResponse,
  isOurCookie: (setCookie: string) => boolean,
): void {
  res.statusCode = exchange.status;
  if (exchange.status === 204) delete exchange.headers['content-length']; // RFC 9110 section 8.6
  setHeaders(res, exchange.headers, definition, isOurCookie);
  if (location !== undefined) res.setHeader('Location', location);
}

/** Up to this size a body is joined with the head, so that one write sends both. */
const JOINED_BYTES = 16_384;

function endWith(res: ServerResponse, last: Buffer | undefined): void {
  // Node joins head and body only where both are text; as Latin-1, every byte is a character.
  if (last && !res.headersSent && last.length <= JOINED_BYTES) res.end(last.toString('latin1'), 'latin1');
  else res.end(last);
}

function sinkOf(res: ServerResponse, { exchange, definition }: ProxiedResponse): ResponseSink {
  return {
    write: (chunk) => res.write(chunk),
    drained: (callback) => void res.once('drain', callback),
    end(last, trailers) {
      const passed = trailers && trailersToPass(trailers, exchange.headers.connection, definition);
      if (!passed) return endWith(res, last);
      res.write(last ?? '');
      res.addTrailers(passed);
      res.end();
    },
    // Without its end no client takes it for complete (RFC 9112 section 8).
    fail: () => void res.destroy(),
  };
}

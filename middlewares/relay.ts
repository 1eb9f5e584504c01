import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AnswerSink } from '../services/upstreams/exchange.js';
import type { Context, Middleware } from './state.js';

/** An answer of somebody else's whose head is there, and whose body waits. */
export interface Relayed {
  /** Sets status and headers. */
  head(res: ServerResponse): void;
  sendTo(sink: AnswerSink): void;
  /** Those of its trailers that may follow the body. */
  trailers(received: IncomingHttpHeaders): Record<string, string> | undefined;
  abort(error: Error): void;
}

/**
 * Sends what an upstream answers, straight from its connection to the client's. It stands above every layer that may
 * still set a header or fail once the answer's head is known.
 */
export function relay(): Middleware {
  return async function relayMiddleware(ctx, next) {
    await next();
    const { relayed } = ctx.state;
    if (!relayed) return;
    ctx.state.relayed = undefined;
    try {
      relayed.head(ctx.res);
      relayed.sendTo(sinkOf(ctx.res, relayed));
    } catch (error) {
      relayed.abort(error as Error); // else its connection would stay taken
      throw error;
    }
  };
}

/** Has every layer and Koa leave this answer alone but for the headers they set. */
export function relayLater(ctx: Context, relayed: Relayed): void {
  ctx.respond = false;
  (ctx as { compress?: boolean }).compress = false; // it would hold event streams back, and unpack nothing that the upstream has packed
  ctx.state.relayed = relayed;
}

/** Something went wrong on the way out: the answer is ours again. */
export function dropRelayed(ctx: Context, error: Error): void {
  ctx.state.relayed?.abort(error);
  ctx.state.relayed = undefined;
  ctx.respond = true;
}

/** Up to this size a body is joined with the head, so that one write sends both. */
const JOINED_BYTES = 16_384;

function endWith(res: ServerResponse, last: Buffer | undefined): void {
  // Node joins head and body only where both are text; as Latin-1, every byte is a character.
  if (last && !res.headersSent && last.length <= JOINED_BYTES) res.end(last.toString('latin1'), 'latin1');
  else res.end(last);
}

function sinkOf(res: ServerResponse, relayed: Relayed): AnswerSink {
  return {
    write: (chunk) => res.write(chunk),
    drained: (callback) => void res.once('drain', callback),
    end(last, trailers) {
      const passed = trailers && relayed.trailers(trailers);
      if (!passed) return endWith(res, last);
      res.write(last ?? '');
      res.addTrailers(passed);
      res.end();
    },
    // Without its end no client takes it for whole (RFC 9112 section 8).
    fail: () => void res.destroy(),
  };
}

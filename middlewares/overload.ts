import { RateLimited, Unavailable } from '../services/errors.js';
import { ClientShares } from '../services/limits/client-shares.js';
import { isLoopback } from '../services/loopback.js';
import { addressKey } from './http/address.js';
import { hasBody } from './body-parser.js';
import type { Context, Middleware } from './state.js';

interface Options {
  /** Requests being worked on at which more are refused. Each one holds memory until it is answered. */
  maxRequests?: number;
  /** Requests at which more are refused while their bodies are still on the way, in all */
  maxArriving?: number;
  /** and from one address. */
  maxArrivingEach?: number;
  /** Whether the event loop is late, and requests are refused. */
  isBehind?: () => boolean;
}

/**
 * Refuses early while the process is behind, so that what it has taken on is still answered in time.
 *
 * A request whose body is on its way costs a connection and no work, for as long as its sender likes: it is counted
 * apart, or a few slow senders would keep out all other clients.
 */
export function overload({
  maxRequests = 2_000,
  maxArriving = 1_000,
  maxArrivingEach = 50,
  isBehind = () => false,
}: Options = {}): Middleware {
  const bodiesOf = new ClientShares(maxArrivingEach);
  let working = 0;
  let arriving = 0;

  return async function overloadMiddleware(ctx, next) {
    if (isBehind()) throw refusal('the event loop is behind');
    if (working >= maxRequests) throw refusal('too many requests are in flight');
    if (hasBody(ctx)) countBody(ctx);
    else countWork(ctx);
    await next();
  };

  function countWork({ res }: Context): void {
    working += 1;
    res.once('close', () => (working -= 1));
  }

  /** Until it has arrived; from then on the request is work. @throws Unavailable, RateLimited */
  function countBody(ctx: Context): void {
    if (arriving >= maxArriving) throw refusal('too many bodies are on their way');
    const sender = isLoopback(ctx.ip) ? undefined : addressKey(ctx.ip);
    if (sender !== undefined && !bodiesOf.take(sender)) {
      throw new RateLimited(undefined, { limit: maxArrivingEach, retryAfterSeconds: 1 });
    }
    arriving += 1;

    let counted: 'arriving' | 'working' | undefined = 'arriving';
    const leave = () => {
      if (counted === 'working') working -= 1;
      else if (counted === 'arriving') {
        arriving -= 1;
        if (sender !== undefined) bodiesOf.release(sender);
      }
      counted = undefined;
    };
    ctx.req.once('end', () => {
      if (!counted) return; // the client has gone
      leave();
      working += 1;
      counted = 'working';
    });
    ctx.res.once('close', leave); // one listener: with those of a compressed stream Node warns of the eleventh
  }
}

function refusal(reason: string): Unavailable {
  return new Unavailable(reason, { retryAfterSeconds: 1 });
}

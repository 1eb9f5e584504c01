import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimited } from '../services/errors.js';
import type { Middleware } from './state.js';

interface Options {
  /** Requests that one address may make in each window, in each process. */
  requests: number;
  windowSeconds: number;
}

/**
 * Limits what one address may ask for. The loopback address is not counted: behind it is a developer, or a proxy whose
 * hops were not declared, and then every visitor would share one count.
 */
export function rateLimit({ requests, windowSeconds }: Options): Middleware {
  const limiter = new RateLimiterMemory({ points: requests, duration: windowSeconds });

  return async function rateLimitMiddleware(ctx, next) {
    if (!isLoopback(ctx.ip)) {
      try {
        await limiter.consume(addressKey(ctx.ip));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new RateLimited(undefined, { retryAfterSeconds: Math.ceil(refusal.msBeforeNext / 1000) });
      }
    }
    await next();
  };
}

/** By the text alone: this is asked of every request, and parsing an address costs more than the whole layer. */
function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** One household or server usually has a whole IPv6 /64, so that is what counts as one address (RFC 6177). */
export function addressKey(address: string): string {
  if (isIPv4(address) || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.');
}

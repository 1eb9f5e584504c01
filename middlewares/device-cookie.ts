import type { DeviceTokens } from '../services/limits/device-tokens.js';
import type { AttemptSource } from '../services/limits/attempt-source.js';
import { isLoopback } from '../services/loopback.js';
import { addressKey } from './http/address.js';
import type { Context, Middleware } from './state.js';

interface Options {
  name: string;
  secure: boolean;
  tokens: DeviceTokens;
}

export type DeviceCookie = ReturnType<typeof createDeviceCookie>;

const YEAR_MS = 365 * 86_400_000;

/** Recognizes a browser in which an account has signed in before. It authenticates no one. */
export function createDeviceCookie({ name, secure, tokens }: Options) {
  const flags = { httpOnly: true, sameSite: 'strict', path: '/', signed: false, overwrite: true } as const;

  return {
    /** Where a request comes from, for what is counted by that. */
    attemptSource: (ctx: Context): AttemptSource => ({
      address: addressKey(ctx.ip),
      local: isLoopback(ctx.ip),
      deviceToken: ctx.cookies.get(name, { signed: false }),
    }),

    /** Outside the session: a browser is known once its session has been stored, and not before. */
    layer: async function deviceCookieMiddleware(ctx, next) {
      await next();
      const { session } = ctx.state;
      if (session?.isNew) remember(ctx, session.userId);
    } satisfies Middleware as Middleware,
  };

  function remember(ctx: Context, userId: number): void {
    const known = ctx.cookies.get(name, { signed: false });
    if (tokens.deviceOf(known, userId) !== undefined) return;
    if (secure) ctx.cookies.secure = true; // people come by https, whatever a proxy's last hop to us looks like
    ctx.cookies.set(name, tokens.issue(userId, known), { ...flags, secure, maxAge: YEAR_MS });
  }
}

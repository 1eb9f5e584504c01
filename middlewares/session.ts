import genericSession from 'koa-generic-session';
import { Unavailable } from '../services/errors.js';
import type { KeptSessions } from '../services/sessions/kept-sessions.js';
import { SessionGone } from '../services/sessions/session-store.js';
import type { SignInId } from '../services/accounts/sign-ins.js';
import { logOf } from './request-context.js';
import { isSafe } from './safe-methods.js';
import type { AppState, Context, Middleware } from './state.js';

/** A session says who signed in, and by which sign-in; everything else is read fresh. */
declare module 'koa-generic-session' {
  interface Session {
    userId?: number;
    /** Without the row of this sign-in the session is worth nothing. */
    signInId?: number;
    /** When the person signed in, in milliseconds since 1970. */
    createdAt?: number;
    /** When the session was last extended, in milliseconds since 1970; up to `TOUCH_MS` behind. */
    seenAt?: number;
  }
}

declare module 'koa' {
  interface ExtendableContext {
    /** By koa-generic-session, whose types leave it out. */
    sessionStore: genericSession.SessionStore;
  }
}

const PREFIX = 'allium:session:';

/** How often a session in use is written again to extend it: not on every request. */
const TOUCH_MS = 5 * 60_000;

export interface SessionOptions {
  store: KeptSessions;
  cookie: { name: string; secure: boolean };
  /** A session ends this long after its last use, */
  idleMs: number;
  /** and this long after the sign-in at the latest. */
  absoluteMs: number;
  /** Is told of each session that has been extended. */
  extended: (signInId: number, address: string) => void;
}

/**
 * Looks up the session a cookie names. Requests without a cookie that change nothing pass by: they have no session and
 * start none. While the store is away, safe requests go on as if nobody were signed in, and the cookie stays.
 */
export function session({ store, cookie, idleMs, absoluteMs, extended }: SessionOptions): Middleware {
  const loaded = genericSession({
    key: cookie.name,
    prefix: PREFIX,
    store: withCurrentCookie(store),
    cookie: { ...cookieFlags(cookie), maxAge: idleMs },
    valid: (_ctx, data) => data.createdAt === undefined || Date.now() < endOf(data), // a new one has no date yet
    errorHandler(error, during, ctx) {
      if (error instanceof SessionGone) return; // gone is gone: there is nothing to save
      // Extending a session can wait for the next request; an answer that needed nothing written must not fail for it.
      const started = during !== 'set' || (ctx.state as AppState).sessionStarted;
      if (started || !(error instanceof Unavailable)) throw error;
      logOf(ctx as unknown as Context).warn({ err: error }, 'the session could not be extended');
    },
    sessionIdStore: sessionCookie(cookie.name),
  }) as unknown as Middleware;
  const carriesCookie = cookiePattern(cookie.name);

  return async function sessionMiddleware(ctx, next) {
    const safe = isSafe(ctx.method);
    if (safe && !carriesCookie.test(ctx.get('Cookie'))) return next();
    // PUBLIC_URL says that people come by https, whatever a proxy's last hop to us looks like.
    if (cookie.secure) ctx.cookies.secure = true;
    const id = ctx.cookies.get(cookie.name, { signed: true });
    if (id !== undefined) ctx.sessionId = id;
    if (safe && id !== undefined && hasRecent(ctx, id)) return next();

    let entered = false;
    const enter = async () => {
      entered = true;
      ctx.state.signedInUntil = endOf(ctx.session ?? {});
      try {
        await next();
      } finally {
        extend(ctx);
      }
    };
    try {
      await loaded(new Proxy(ctx, WITHOUT_ACCESSORS), enter);
    } catch (error) {
      if (entered || !safe || !(error instanceof Unavailable)) throw error;
      logOf(ctx).warn({ err: error }, 'the session could not be looked up');
      ctx.state.sessionProblem = error;
      await next();
    }
  };

  /**
   * A safe request changes no session: one that was read a moment ago and is not to be extended yet needs neither the
   * store nor koa-generic-session. It is frozen, so that a route that changes it all the same fails.
   */
  function hasRecent(ctx: Context, id: string): boolean {
    const data = store.recent(PREFIX + id) as genericSession.Session | undefined;
    if (!data || isToBeExtended(data) || Date.now() >= endOf(data)) return false;
    ctx.session = data;
    ctx.state.signedInUntil = endOf(data);
    return true;
  }

  /** koa-generic-session writes a session that has changed, and then extends it. One that has been ended it lets be. */
  function extend({ session: data, state, ip }: Context): void {
    if (state.actor?.kind !== 'session' || state.sessionWatched || data?.seenAt === undefined) return;
    if (!isToBeExtended(data)) return;
    data.seenAt = Date.now();
    if (data.signInId !== undefined) extended(data.signInId, ip);
  }

  function isToBeExtended({ seenAt = 0 }: Partial<genericSession.Session>): boolean {
    return Date.now() - seenAt > Math.min(TOUCH_MS, idleMs / 4);
  }

  function endOf({ seenAt = 0, createdAt = 0 }: Partial<genericSession.Session>): number {
    return Math.min(seenAt + idleMs, createdAt + absoluteMs);
  }

  /** Keeps the cookie's flags out of the store: a session must not outlive them by carrying old ones along. */
  function withCurrentCookie({ get, set, destroy }: KeptSessions): genericSession.SessionStore {
    return {
      async get(id) {
        const data = await get(id);
        return data
          ? Object.assign(data, { cookie: { ...cookieFlags(cookie), overwrite: true, maxAge: idleMs } })
          : undefined;
      },
      set(id, { cookie: _flags, ...data }) {
        const left = (data.createdAt ?? Date.now()) + absoluteMs - Date.now();
        return set(id, data, Math.max(1, Math.min(idleMs, left)));
      },
      destroy,
    };
  }
}

/** What a browser may do with the session cookie. */
export const cookieFlags = ({ secure }: { secure: boolean }) =>
  ({ httpOnly: true, sameSite: 'strict', path: '/', secure, signed: true }) as const;

/**
 * Reads and writes the cookie, and deletes it only when the request ends its session. A cookie that is unknown or out
 * of date stays: its answer may arrive after that of a sign-in in another tab, and must not take the new one away.
 */
function sessionCookie(name: string): genericSession.SessionIdStore {
  return {
    get: () => '', // the layer has looked before
    set(id, { cookie }) {
      this.cookies.set(name, id, cookie);
    },
    reset() {
      if (this.session === null) this.cookies.set(name, null, { expires: new Date(0), path: '/', httpOnly: true });
    },
  };
}

/**
 * koa-generic-session defines accessors on every ctx, each time with new closures. For each V8 makes a hidden class that
 * lives until the next full collection and keeps the whole request with it: 13 KB and a quarter of the CPU time a
 * request. This stands before ctx, and lets plain properties do the same.
 */
const WITHOUT_ACCESSORS: ProxyHandler<Context> = {
  // Without this trap each assignment would come by the next one, as the definition of a property.
  set: (ctx, key, value) => Reflect.set(ctx, key, value),
  defineProperty(ctx, key, descriptor) {
    if (!descriptor.get) return Reflect.defineProperty(ctx, key, descriptor);
    if (key === 'session') ctx.session = (ctx as { _session?: Context['session'] })._session ?? null;
    return true;
  },
};

/**
 * For routes that write before they start a session: whoever is told that we are away must not find the work done.
 *
 * @throws Unavailable when the store does not answer.
 */
export async function requireSessionStore({ sessionId, sessionStore }: Context): Promise<void> {
  await sessionStore.get(sessionId);
}

/** Starts a session for this person under a new id: one known before the sign-in is worth nothing after it. */
export async function startSession(ctx: Context, { userId, signInId }: SignInId): Promise<void> {
  await ctx.regenerateSession();
  ctx.state.sessionStarted = true;
  const now = Date.now();
  Object.assign(ctx.session ?? {}, { userId, signInId, createdAt: now, seenAt: now });
}

export function endSession(ctx: Context): void {
  ctx.session = null;
}

/** Matches a Cookie header that holds a cookie of this name, whatever its value. */
export function cookiePattern(name: string): RegExp {
  return new RegExp(`(?:^|;\\s*)${name}=`);
}

import type { SignInId } from '../../services/accounts/sign-ins.js';
import { Unavailable } from '../../services/errors.js';
import type { SessionCache } from '../../services/sessions/session-cache.js';
import { SessionGone } from '../../services/sessions/session-store.js';
import { isSafe } from '../http/safe-methods.js';
import { logOf } from '../request-context.js';
import type { Context, Middleware } from '../state.js';
import { cookiePattern } from './session-cookie.js';
import { endOf, isExtensionDue, isSessionData } from './session-data.js';
import type { CurrentSession, SessionData, SessionLifetime } from './session-data.js';
import { createSessionWriter, PREFIX } from './session-writer.js';

export interface SessionOptions extends SessionLifetime {
  store: SessionCache;
  cookie: { name: string; secure: boolean };
  /** Called for each session that was extended. */
  onExtended: (signInId: number, address: string) => void;
}

/** The layer, and what routes do with the session of a request. */
export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({ store, cookie, onExtended, ...lifetime }: SessionOptions) {
  const carriesCookie = cookiePattern(cookie.name);
  const changeSession = createSessionWriter({ store, cookie, ...lifetime });

  return {
    /**
     * Loads the session that a cookie names into `ctx.state.session`, and extends it once the request has been answered.
     * While the store is away, safe requests go on as anonymous, others are refused; the cookie stays.
     */
    layer: async function sessionMiddleware(ctx, next) {
      if (!carriesCookie.test(ctx.get('Cookie'))) return next();
      try {
        ctx.state.session = await load(ctx);
      } catch (error) {
        if (!isSafe(ctx.method) || !(error instanceof Unavailable)) throw error;
        logOf(ctx).warn({ err: error }, 'the session could not be loaded');
        ctx.state.auth = { kind: 'anonymous', problem: error };
      }
      try {
        await next();
      } finally {
        if (ctx.state.session?.isExtended && ctx.state.auth.kind === 'session') await extend(ctx);
      }
    } satisfies Middleware as Middleware,

    /**
     * For routes that write before they start a session: a request that fails because the store is away must not have
     * changed anything.
     *
     * @throws Unavailable when the store does not answer.
     */
    async requireStore(ctx: Context): Promise<void> {
      await store.get(PREFIX + (ctx.state.session?.id ?? 'none'));
    },

    /** Starts a session under a new id: an id known before the sign-in is worth nothing after it. @throws Unavailable */
    async start(ctx: Context, { userId, signInId }: SignInId): Promise<void> {
      skipExtension(ctx);
      const now = Date.now();
      const data = { userId, signInId, createdAt: now, seenAt: now };
      await changeSession(ctx, async () => {
        await ctx.regenerateSession();
        Object.assign(ctx.session ?? {}, data);
      });
      ctx.state.session = { ...currentSession(ctx.sessionId, data), isNew: true };
    },

    /** Destroys the session and deletes its cookie. @throws Unavailable */
    async end(ctx: Context): Promise<void> {
      skipExtension(ctx);
      await changeSession(ctx, () => void (ctx.session = null));
      ctx.state.session = undefined;
    },
  };

  async function load(ctx: Context): Promise<CurrentSession | undefined> {
    if (cookie.secure) ctx.cookies.secure = true; // a signature by an older key is replaced, and is Secure too
    const id = ctx.cookies.get(cookie.name, { signed: true });
    if (id === undefined) return undefined;
    const cached = isSafe(ctx.method) ? store.cached(PREFIX + id) : undefined;
    const isCurrent = cached && isSessionData(cached) && !isExtensionDue(cached, lifetime);
    const data = isCurrent ? cached : await store.get(PREFIX + id);
    if (!data || !isSessionData(data) || Date.now() >= endOf(data, lifetime)) return undefined;
    return currentSession(id, data);
  }

  /** A session that is changed is not extended besides, whether or not the change succeeds. */
  function skipExtension({ state }: Context): void {
    if (state.session) state.session = { ...state.session, isExtended: false };
  }

  function currentSession(id: string, data: SessionData): CurrentSession {
    const { userId, signInId } = data;
    return {
      id,
      userId,
      signInId,
      until: endOf(data, lifetime),
      isNew: false,
      isExtended: isExtensionDue(data, lifetime),
    };
  }

  /** Can wait for the next request if the store is away: a response that needs nothing written must not fail for it. */
  async function extend(ctx: Context): Promise<void> {
    let signInId: number | undefined;
    try {
      await changeSession(ctx, () => {
        if (ctx.session?.signInId === undefined) return; // destroyed meanwhile
        ({ signInId } = ctx.session);
        ctx.session.seenAt = Date.now();
      });
    } catch (error) {
      if (error instanceof SessionGone) return;
      if (!(error instanceof Unavailable)) throw error;
      logOf(ctx).warn({ err: error }, 'the session could not be extended');
      return;
    }
    if (signInId !== undefined) onExtended(signInId, ctx.ip);
  }
}

import genericSession from 'koa-generic-session';
import type { SessionStore } from '../../services/sessions/session-store.js';
import type { Context, Middleware } from '../state.js';
import { cookieFlags, sessionCookie } from './session-cookie.js';
import { endOf, type SessionLifetime } from './session-data.js';

/** Of the keys in the store. */
export const PREFIX = 'allium:session:';

interface Options extends SessionLifetime {
  store: SessionStore;
  cookie: { name: string; secure: boolean };
}

/**
 * Changes sessions by koa-generic-session: it reads the session, runs `change`, then saves what `change` left in
 * `ctx.session`, or destroys it for null, and sets the cookie.
 *
 * It runs around each change and not around each request: it defines accessors on the context with new closures, for
 * each of which V8 makes a hidden class that lives until the next full collection and holds the whole request with it,
 * 13 KB and a quarter of the CPU time of a request. Most requests change no session.
 *
 * @throws SessionGone when the session was destroyed meanwhile, Unavailable when the store does not answer.
 */
export function createSessionWriter({ store, cookie, ...lifetime }: Options) {
  const { idleMs, absoluteMs } = lifetime;
  const flags = cookieFlags(cookie);
  const koaSession = genericSession({
    key: cookie.name,
    prefix: PREFIX,
    store: {
      // Cookie flags are not stored: a session must not outlive a change of them by carrying old ones along.
      async get(id) {
        const data = await store.get(id);
        return data ? Object.assign(data, { cookie: { ...flags, overwrite: true, maxAge: idleMs } }) : undefined;
      },
      set(id, { cookie: _flags, ...data }) {
        const left = (data.createdAt ?? Date.now()) + absoluteMs - Date.now();
        return store.set(id, data, Math.max(1, Math.min(idleMs, left)));
      },
      destroy: (id) => store.destroy(id),
    },
    cookie: { ...flags, maxAge: idleMs },
    valid: (_ctx, data) => data.createdAt === undefined || Date.now() < endOf(data, lifetime), // a new one has no date yet
    errorHandler(error) {
      throw error;
    },
    sessionIdStore: sessionCookie(cookie.name),
  }) as unknown as Middleware;

  return async function changeSession(ctx: Context, change: () => void | Promise<void>): Promise<void> {
    if (ctx.session !== undefined) throw new Error('a request changes its session once');
    if (cookie.secure) ctx.cookies.secure = true; // PUBLIC_URL is https, whatever a proxy's last hop to us is
    await koaSession(ctx, async () => change());
  };
}

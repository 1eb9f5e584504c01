import type genericSession from 'koa-generic-session';
import type { Context } from '../state.js';

/** What a browser may do with the session cookie. */
export const cookieFlags = ({ secure }: { secure: boolean }) =>
  ({ httpOnly: true, sameSite: 'strict', path: '/', secure, signed: true }) as const;

/** Matches a Cookie header that holds a cookie of this name, whatever its value. */
export function cookiePattern(name: string): RegExp {
  return new RegExp(`(?:^|;\\s*)${name}=`);
}

/**
 * Where koa-generic-session finds the session's id, and sets and deletes its cookie. The cookie is deleted only when the
 * request ends its session. A cookie that is unknown or has expired stays: its response may arrive after that of a
 * sign-in in another tab, and must not delete the new one.
 */
export function sessionCookie(name: string): genericSession.SessionIdStore {
  return {
    get() {
      return (this as unknown as Context).state.session?.id ?? ''; // the layer has verified the cookie
    },
    set(id, { cookie }) {
      this.cookies.set(name, id, cookie);
    },
    reset() {
      if (this.session === null) this.cookies.set(name, null, { expires: new Date(0), path: '/', httpOnly: true });
    },
  };
}

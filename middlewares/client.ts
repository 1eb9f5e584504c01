import { parse } from 'bowser';
import type { Device } from '../services/accounts/sign-ins.js';
import { cookiePattern } from './session.js';
import type { Context } from './state.js';

/** Tells browsers, which get a cookie and never a token, from other programs, which get tokens and no cookie. */
export type IsBrowser = (ctx: Context) => boolean;

/**
 * A browser sends `Sec-Fetch-Site` or `Origin` (neither can be held back by a page), or carries our cookie.
 * `Sec-Fetch-Mode` says nothing: Node's own fetch sends it too.
 */
export function browserDetector({ cookieName }: { cookieName: string }): IsBrowser {
  const carriesCookie = cookiePattern(cookieName);
  return ({ req: { headers } }) =>
    headers['sec-fetch-site'] !== undefined ||
    headers.origin !== undefined ||
    (headers.cookie !== undefined && carriesCookie.test(headers.cookie));
}

/** What of a `User-Agent` is looked at: it may be as long as a header. */
const MAX_AGENT_LENGTH = 300;
const MAX_NAME_LENGTH = 50;

/** What a request says of the device it comes from, to be recognised in a list by whoever it belongs to. */
export function deviceOf(ctx: Context, isBrowser: IsBrowser): Device {
  const agent = ctx.get('User-Agent').slice(0, MAX_AGENT_LENGTH);
  const { browser, os } = agent === '' ? {} : parse(agent);
  // Programs call themselves by one word: `curl/8.5.0`, `python-requests/2.32`.
  const program = /^[\w.-]+/.exec(agent)?.[0];
  return {
    kind: isBrowser(ctx) ? 'session' : 'tokens',
    browser: shortened(browser?.name || program),
    os: shortened(os?.name),
    address: ctx.ip,
  };
}

function shortened(name: string | undefined): string | null {
  return name ? name.slice(0, MAX_NAME_LENGTH) : null;
}

import { parse } from 'bowser';
import type { Device } from '../../services/accounts/sign-ins.js';
import type { IsBrowser } from '../csrf/browser.js';
import type { Context } from '../state.js';

/** How much of a `User-Agent` is parsed: it may be as long as a header. */
const MAX_AGENT_LENGTH = 300;
const MAX_NAME_LENGTH = 50;

/** What a request says of the device it comes from, for its owner to recognize in a list. */
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

import { viewerOf } from '../../middlewares/http/auth.js';
import { allowPage } from '../../middlewares/security-headers.js';
import type { FormTokens } from '../../middlewares/csrf/form-tokens.js';
import type { Context, Middleware } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import type { Locale } from '../../views/locales/index.js';
import { presentUser } from '../users/users.schema.js';
import { isPagePath } from './page-paths.js';

/** What the first screen is drawn from, without another request. */
export interface BootState {
  /** "unknown" when the visitor came from another site: SameSite=Strict then keeps the cookie back once. */
  session: 'signed-in' | 'signed-out' | 'unknown';
  user: ReturnType<typeof presentUser> | null;
  locale: Locale;
  setupNeeded: boolean;
}

export interface ShellLocals {
  locale: Locale;
  nonce: string;
  boot: BootState;
  /** For the sign-out form of people without JavaScript. */
  signOut: { username: string; csrfToken: string } | null;
}

interface Options extends Pick<Services, 'setup'> {
  render: (locals: ShellLocals) => string;
  formTokens: FormTokens;
  /** Paths below these belong to programs: what is not there is a 404, not a page. */
  apiPrefixes: readonly string[];
}

/** What a browser asks for where a page may be shown; programs do not say (Fetch Metadata, `Sec-Fetch-Dest`). */
const PAGE_DESTINATIONS = new Set(['', 'document', 'empty']);

/**
 * Answers any other GET that accepts HTML, by name or by a wildcard, with the single-page application, which knows its own
 * addresses; the status is 404 where it has no page. A script or an image of a page is something else, though its request accepts everything too.
 */
export function spaShell({ render, formTokens, apiPrefixes, setup }: Options): Middleware {
  return async function spaShellMiddleware(ctx, next) {
    if (!isPage(ctx)) return next();
    const boot = await bootState(ctx);
    const signOut = boot.user && {
      username: boot.user.username,
      csrfToken: formTokens.issue(ctx.state.session?.id ?? ''),
    };
    ctx.status = isPagePath(ctx.path) ? 200 : 404;
    ctx.type = 'html';
    ctx.body = render({ locale: boot.locale, nonce: allowPage(ctx), boot, signOut });
  };

  function isPage(ctx: Context): boolean {
    return (
      (ctx.method === 'GET' || ctx.method === 'HEAD') &&
      !apiPrefixes.some((path) => ctx.path === path || ctx.path.startsWith(`${path}/`)) &&
      !(ctx as { matched?: unknown[] }).matched?.length && // a route has this path, with another method
      PAGE_DESTINATIONS.has(ctx.get('Sec-Fetch-Dest')) &&
      ctx.accepts('html', 'json') === 'html'
    );
  }

  async function bootState(ctx: Context): Promise<BootState> {
    const { auth, locale = 'en' } = ctx.state;
    const viewer = viewerOf(auth);
    const isUnknown =
      (auth.kind === 'anonymous' && auth.problem !== undefined) || ctx.get('Sec-Fetch-Site') === 'cross-site';
    return {
      session: viewer ? 'signed-in' : isUnknown ? 'unknown' : 'signed-out',
      user: viewer ? presentUser(viewer) : null,
      locale,
      setupNeeded: await setup.needed(),
    };
  }
}

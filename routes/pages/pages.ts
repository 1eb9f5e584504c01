import { Router } from '@koa/router';
import { viewerOf } from '../../middlewares/http/auth.js';
import { addressKey } from '../../middlewares/http/address.js';
import { allowPage } from '../../middlewares/security-headers.js';
import type { FormTokens } from '../../middlewares/csrf/form-tokens.js';
import type { AppContext, AppState, Context, Middleware } from '../../middlewares/state.js';
import { createFirstViews, type FirstView, type FirstViewServices, type RenderPage } from './first-views.js';
import { homePage } from './home.page.js';
import { categoryPage, searchPage, tagPage } from './lists.pages.js';
import { APP_PATHS, MOVED_PATHS } from './page-paths.js';
import type { Head } from './page.js';
import { postPage } from './post.page.js';
import { profilePage } from './profile.page.js';
import type { Locale } from '../../views/locales/index.js';
import type { Services } from '../../services/index.js';

/** What the HTML around a page is made from. */
export interface ShellLocals extends Pick<FirstView, 'boot' | 'html'> {
  locale: Locale;
  nonce: string;
  head: Head | undefined;
  /** As https://example.com */
  origin: string;
  /** For the sign-out form of people without JavaScript. */
  signOut: { username: string; csrfToken: string } | null;
}

interface Options {
  services: FirstViewServices &
    Pick<Services, 'categories' | 'comments' | 'follows' | 'posts' | 'postViews' | 'tags' | 'users'>;
  shell: (locals: ShellLocals) => string;
  /** Undefined in development: the browser then draws the first view as well. */
  render: RenderPage | undefined;
  formTokens: FormTokens;
  /** Paths below these belong to programs: what is not there is a 404, not a page. */
  apiPrefixes: readonly string[];
}

/** What a browser asks for where a page may be shown; programs do not say (Fetch Metadata, `Sec-Fetch-Dest`). */
const PAGE_DESTINATIONS = new Set(['', 'document', 'empty']);

/**
 * Answers any other GET that accepts HTML, by name or by a wildcard, with a page; the status is 404 where there is
 * none. A script or an image of a page is something else, though its request accepts everything too.
 */
export function pages({ services, shell, render, formTokens, apiPrefixes }: Options): Middleware {
  const { postViews } = services;
  const firstViews = createFirstViews({ services, render });
  const router = new Router<AppState, AppContext>();
  const rendered = [homePage, postPage, profilePage, tagPage, categoryPage, searchPage].map((page) => page(services));
  for (const page of rendered) router.get(page.path, async (ctx) => send(ctx, await firstViews.of(ctx, page)));
  for (const path of APP_PATHS) router.get(path, async (ctx) => send(ctx, await firstViews.ofApp(ctx)));
  for (const [from, to] of Object.entries(MOVED_PATHS)) {
    router.get(from, (ctx) => {
      ctx.redirect(to + ctx.search);
      ctx.status = 301;
    });
  }
  const routes = router.routes() as unknown as Middleware;

  return async function pagesMiddleware(ctx, next) {
    if (!isPage(ctx)) return next();
    await routes(ctx, async () => send(ctx, await firstViews.ofUnknown(ctx)));
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

  function send(ctx: Context, { status, boot, html, head, post }: FirstView): void {
    const { auth, locale = 'en', origin = '', session } = ctx.state;
    const viewer = viewerOf(auth);
    if (post && ctx.method === 'GET') {
      postViews.note(post, viewer, { address: addressKey(ctx.ip), agent: ctx.get('User-Agent') });
    }
    const signOut = viewer && { username: viewer.username, csrfToken: formTokens.issue(session?.id ?? '') };
    ctx.status = status;
    ctx.type = 'html';
    ctx.body = shell({ locale, nonce: allowPage(ctx), boot, html, head, origin, signOut: signOut ?? null });
  }
}

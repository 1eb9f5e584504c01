import { viewerOf } from '../../middlewares/http/auth.js';
import { disconnectSignal } from '../../middlewares/http/disconnect-signal.js';
import { messagesFor, requestLocale } from '../../middlewares/locale.js';
import type { Context } from '../../middlewares/state.js';
import { NotFound } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { messagesIn } from '../../views/locales/index.js';
import { presentUser } from '../users/users.schema.js';
import type { Page, PageInput, PageView } from './page.js';
import type { PageState } from './page-state.js';

/** Renders the application as a browser would show it first at `path`. */
export type RenderPage = (state: PageState, path: string) => Promise<string>;

export type FirstViewServices = Pick<Services, 'pageCache' | 'setup'>;

/** A page as far as it is the same for all who get it. */
export interface FirstView extends Partial<Pick<PageView, 'head' | 'post'>> {
  status: 200 | 404;
  /** The PageState, as JSON that may be part of HTML. */
  boot: string;
  /** Empty where the browser draws the first view. */
  html: string;
}

/** Where an unknown page is rendered: it looks the same at every address. */
const NOWHERE = '/404';

interface Options {
  services: FirstViewServices;
  render: RenderPage | undefined;
}

/**
 * Makes the first views of pages. Anonymous visitors share them: they are cached as lists are, under what chooses
 * them. Those who are signed in see their own name and likes, and each gets a view of their own.
 */
export function createFirstViews({ services: { pageCache, setup }, render }: Options) {
  return {
    async of(ctx: Context & { params: Record<string, string> }, page: Page): Promise<FirstView> {
      const query = page.query.safeParse(ctx.query).data;
      const path = canonicalPath(page.path, ctx.params, Object(query));
      const view = (state: PageState, signal: AbortSignal) =>
        viewOf(state, path, () => page.load({ ...inputOf(ctx), params: ctx.params, query, signal: () => signal }));
      try {
        return await shared(ctx, view, { path, tags: page.tags });
      } catch (error) {
        if (error instanceof NotFound) return this.ofUnknown(ctx);
        throw error;
      }
    },

    /** Of a page that the browser draws. */
    async ofApp(ctx: Context): Promise<FirstView> {
      return { status: 200, boot: jsonInHtml(await stateOf(ctx)), html: '' };
    },

    /** Of the page that says that there is none. */
    ofUnknown: (ctx: Context): Promise<FirstView> =>
      shared(ctx, (state) => unknownView(state), { path: NOWHERE, tags: [] }),
  };

  async function shared(
    ctx: Context,
    view: (state: PageState, signal: AbortSignal) => Promise<FirstView>,
    { path, tags }: { path: string; tags: readonly string[] },
  ): Promise<FirstView> {
    const state = await stateOf(ctx);
    const signal = () => disconnectSignal(ctx.res);
    if (state.user) return view(state, signal());
    const { locale, session, setupNeeded } = state;
    const entry = { key: `${locale} ${session} ${setupNeeded} ${path}`, tags, local: true };
    return (await pageCache.remember(entry, (signalOfAll) => view(state, signalOfAll), signal)).value;
  }

  async function viewOf(state: PageState, path: string, load: () => Promise<PageView>): Promise<FirstView> {
    const { head, answers, post } = await load();
    const full = { ...state, answers };
    const html = (await render?.(full, path)) ?? '';
    return { status: 200, head, boot: jsonInHtml(full), html, ...(post && { post }) };
  }

  async function unknownView(state: PageState): Promise<FirstView> {
    const full = { ...state, notFound: true };
    const head = { title: messagesIn[state.locale].pages.notFound, noIndex: true };
    return { status: 404, head, boot: jsonInHtml(full), html: (await render?.(full, NOWHERE)) ?? '' };
  }

  async function stateOf(ctx: Context): Promise<PageState> {
    const { auth } = ctx.state;
    const viewer = viewerOf(auth);
    const isUnknown =
      (auth.kind === 'anonymous' && auth.problem !== undefined) || ctx.get('Sec-Fetch-Site') === 'cross-site';
    return {
      session: viewer ? 'signed-in' : isUnknown ? 'unknown' : 'signed-out',
      user: viewer ? presentUser(viewer) : null,
      locale: requestLocale(ctx),
      setupNeeded: await setup.needed(),
      notFound: false,
      now: new Date().toISOString(),
      answers: [],
    };
  }
}

function inputOf(ctx: Context): Pick<PageInput, 'viewer' | 'locale' | 'messages'> {
  return { viewer: viewerOf(ctx.state.auth), locale: requestLocale(ctx), messages: messagesFor(ctx) };
}

/**
 * The address of a view, made of nothing but what chooses it: views are shared, and whatever else is in the address that
 * a visitor came by (a secret, a text) must not be in the view of the next one.
 */
function canonicalPath(pattern: string, params: Record<string, string>, query: Record<string, unknown>): string {
  const path = pattern.replace(/:(\w+)/, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const chosen = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(chosen.map(([name, value]): [string, string] => [name, String(value)]));
  return chosen.length === 0 ? path : `${path}?${search.toString()}`;
}

/** JSON that may stand in a script element: nothing in it can end the element or open a comment. */
export function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

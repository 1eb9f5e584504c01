import Negotiator from 'negotiator';
import { LOCALES, messagesIn, type Locale, type Messages } from '../views/locales/index.js';
import type { Context, Middleware } from './state.js';

/** Lets `Accept-Language` choose the language (RFC 9110 section 12.5.4). */
export function locale({ defaultLocale }: { defaultLocale: Locale }): Middleware {
  return function localeMiddleware(ctx, next) {
    ctx.state.locale = negotiateLocale(ctx, defaultLocale);
    ctx.vary('Accept-Language');
    return next();
  };
}

/** For the layers above `locale`, which may have to answer before it ran. */
export function localeOf(ctx: Context, defaultLocale: Locale): Locale {
  return (ctx.state.locale ??= negotiateLocale(ctx, defaultLocale));
}

/** The language of this request. Only below `locale`. */
export function requestLocale(ctx: Context): Locale {
  if (!ctx.state.locale) throw new Error('locale has not run');
  return ctx.state.locale;
}

/** The sentences for this request. Only below `locale`. */
export function messagesFor(ctx: Context): Messages {
  return messagesIn[requestLocale(ctx)];
}

function negotiateLocale(ctx: Context, defaultLocale: Locale): Locale {
  return chosenLocale(ctx) ?? acceptedLocale(ctx, defaultLocale);
}

/** The language that a visitor has chosen on the site: for pages alone, which cannot set headers. */
function chosenLocale(ctx: Context): Locale | undefined {
  const chosen = ctx.cookies.get('locale');
  if (chosen === undefined || ctx.accepts('json', 'html') !== 'html') return undefined;
  return LOCALES.find((known) => known === chosen);
}

function acceptedLocale(ctx: Context, defaultLocale: Locale): Locale {
  const header = ctx.get('Accept-Language');
  if (header === '') return defaultLocale;
  // Any Chinese is better served by ours than by English: zh, zh-TW, zh-Hans-CN.
  const wanted = header.replace(/\bzh(-[\w-]+)?/gi, 'zh-CN');
  // A client that takes any language (Node's fetch sends `*` by itself) gets the default one, which is first.
  const ours = [defaultLocale, ...LOCALES.filter((known) => known !== defaultLocale)];
  const [best] = new Negotiator({ headers: { 'accept-language': wanted } }).languages(ours);
  return LOCALES.find((known) => known === best) ?? defaultLocale;
}

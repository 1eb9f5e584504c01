import { hash } from 'node:crypto';
import type { Context, Middleware } from '../../middlewares/state.js';
import { NotFound } from '../../services/errors.js';
import type { FeedService } from '../../services/feeds/feed-service.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import { atomFeed } from './atom.js';
import { jsonFeed } from './json-feed.js';
import { openSearch, robotsTxt, webManifest, type SiteTexts } from './site-texts.js';
import { sitemapIndex, sitemapOf, sitemapOfPages } from './sitemap.js';
import { Xml } from './xml.js';

interface Options {
  feeds: FeedService;
  /** Programs that read these files choose no language. */
  defaultLocale: Locale;
}

interface SiteFile {
  type: string;
  /** In seconds; what is made of posts is revalidated each time. */
  maxAgeS: number;
  /** The same each time, or cached. */
  body: Buffer;
  hash: string;
}

const NAME = 'Allium';
const HOUR_S = 3_600;
const SITEMAP = /^\/sitemap-([1-9]\d{0,5})\.xml$/;

/** Serves feeds, sitemaps and what says to programs how the site is to be used; the same to all, without a session. */
export function siteFiles({ feeds, defaultLocale }: Options): Middleware {
  const site: SiteTexts = {
    name: NAME,
    description: messagesIn[defaultLocale].pages.description,
    locale: defaultLocale,
  };
  const constant = (type: string, make: (origin: string) => string | Xml | object) => (origin: string) =>
    Promise.resolve(fileOf(type, HOUR_S, make(origin)));
  const ofPosts = (path: string, type: string, make: (origin: string) => Promise<Xml | object>) => (origin: string) =>
    feeds.document(`${origin}${path}`, async () => fileOf(type, 0, await make(origin)));
  const files = new Map<string, (origin: string) => Promise<SiteFile>>([
    ['/feed.xml', ofPosts('/feed.xml', 'application/atom+xml', async (at) => atomFeed(await feeds.newest(), site, at))],
    [
      '/feed.json',
      ofPosts('/feed.json', 'application/feed+json', async (at) => jsonFeed(await feeds.newest(), site, at)),
    ],
    [
      '/sitemap.xml',
      ofPosts('/sitemap.xml', 'application/xml', async (at) => sitemapIndex(1 + (await parts()).length, at)),
    ],
    ['/robots.txt', constant('text/plain', robotsTxt)],
    ['/opensearch.xml', constant('application/opensearchdescription+xml', (at) => openSearch(site, at))],
    ['/manifest.webmanifest', constant('application/manifest+json', () => webManifest(site))],
  ]);

  return async function siteFilesMiddleware(ctx, next) {
    const number = SITEMAP.exec(ctx.path)?.[1];
    const file = number === undefined ? files.get(ctx.path) : ofPosts(ctx.path, 'application/xml', sitemapFile(number));
    if (!file) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD');
      ctx.status = 405;
      return;
    }
    send(ctx, await file(ctx.state.origin ?? ''));
  };

  /** The first file is of pages that are always there. @throws NotFound behind the last one. */
  function sitemapFile(number: string) {
    return async (origin: string): Promise<Xml> => {
      if (number === '1') return sitemapOfPages(await feeds.categories(), origin);
      const part = (await parts())[Number(number) - 2];
      if (!part) throw new NotFound();
      return sitemapOf(part.kind, await feeds.sitemapEntries(part), origin);
    };
  }

  function parts() {
    return feeds.document('sitemap parts', feeds.sitemapParts);
  }
}

function fileOf(type: string, maxAgeS: number, content: string | Xml | object): SiteFile {
  const text = content instanceof Xml ? content.text : typeof content === 'string' ? content : JSON.stringify(content);
  const body = Buffer.from(text);
  return { type: `${type}; charset=utf-8`, maxAgeS, body, hash: hash('sha1', body, 'base64url').slice(0, 16) };
}

function send(ctx: Context, { type, maxAgeS, body, hash: tag }: SiteFile): void {
  ctx.set('Cache-Control', maxAgeS > 0 ? `public, max-age=${maxAgeS}` : 'public, no-cache');
  ctx.set('ETag', `"${tag}"`);
  ctx.type = type;
  ctx.status = 200;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = body;
}

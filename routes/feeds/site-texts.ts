import type { Locale } from '../../views/locales/index.js';
import { xml, type Xml } from './xml.js';

/** What the site calls itself. */
export interface SiteTexts {
  name: string;
  description: string;
  /** Of these two. */
  locale: Locale;
}

/** As the pages have them in light colors. */
const PAPER = '#fbfafd';
/** Pages of people who are signed in, and what is there for programs. */
const PRIVATE = ['/api/', '/gw/', '/admin', '/settings', '/me/', '/write'];

/** @see RFC 9309 */
export function robotsTxt(origin: string): string {
  const rules = PRIVATE.map((path) => `Disallow: ${path}\n`).join('');
  return `User-agent: *\n${rules}\nSitemap: ${origin}/sitemap.xml\n`;
}

/** @see https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md */
export function openSearch({ name, description }: SiteTexts, origin: string): Xml {
  return xml`<?xml version="1.0" encoding="utf-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>${name}</ShortName>
<Description>${description}</Description>
<InputEncoding>UTF-8</InputEncoding>
<Image width="192" height="192" type="image/png">${origin}/icon-192.png</Image>
<Url type="text/html" method="get" template="${origin}/search?q={searchTerms}"/>
</OpenSearchDescription>
`;
}

/** @see https://www.w3.org/TR/appmanifest/ */
export function webManifest({ name, description, locale }: SiteTexts): object {
  return {
    id: '/',
    name,
    short_name: name,
    description,
    lang: locale,
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: PAPER,
    theme_color: PAPER,
    icons: [
      { src: '/favicon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  };
}

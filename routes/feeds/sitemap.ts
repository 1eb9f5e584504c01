import type { SitemapEntry, SitemapKind } from '../../models/feeds/sitemap.js';
import { addressesAt } from './addresses.js';
import { xml, type Xml } from './xml.js';

const NAMESPACE = 'http://www.sitemaps.org/schemas/sitemap/0.9';

/** @see https://www.sitemaps.org/protocol.html#index */
export function sitemapIndex(files: number, origin: string): Xml {
  const numbers = Array.from({ length: files }, (_, index) => `${origin}/sitemap-${index + 1}.xml`);
  return xml`<?xml version="1.0" encoding="utf-8"?>
<sitemapindex xmlns="${NAMESPACE}">
${numbers.map((address) => xml`<sitemap><loc>${address}</loc></sitemap>\n`)}</sitemapindex>
`;
}

/** The pages that are there whatever is published, and those of the categories. */
export function sitemapOfPages(categories: readonly string[], origin: string): Xml {
  const at = addressesAt(origin);
  return urlSet([`${origin}/`, ...categories.map(at.category)].map((address) => ({ address, changedAt: null })));
}

export function sitemapOf(kind: SitemapKind, entries: readonly SitemapEntry[], origin: string): Xml {
  const at = addressesAt(origin);
  const addressOf = { posts: at.post, tags: at.tag, profiles: at.profile }[kind];
  return urlSet(entries.map(({ name, changedAt }) => ({ address: addressOf(name), changedAt })));
}

function urlSet(pages: readonly { address: string; changedAt: string | null }[]): Xml {
  return xml`<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="${NAMESPACE}">
${pages.map(
  ({ address, changedAt }) =>
    xml`<url><loc>${address}</loc>${changedAt === null ? '' : xml`<lastmod>${changedAt}</lastmod>`}</url>\n`,
)}</urlset>
`;
}

import type { FeedPost } from '../../services/feeds/feed-service.js';
import { addressesAt } from './addresses.js';
import type { SiteTexts } from './site-texts.js';
import { xml, type Xml } from './xml.js';

/** @see RFC 4287 */
export function atomFeed(posts: readonly FeedPost[], { name, description }: SiteTexts, origin: string): Xml {
  const at = addressesAt(origin);
  return xml`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="${origin}/">
<id>${origin}/</id>
<title>${name}</title>
<subtitle>${description}</subtitle>
<updated>${latest(posts)}</updated>
<link rel="self" type="application/atom+xml" href="${origin}/feed.xml"/>
<link rel="alternate" type="text/html" href="${origin}/"/>
<icon>${origin}/favicon.svg</icon>
<author><name>${name}</name></author>
${posts.map(
  ({ slug, title, excerpt, html, author, tags, publishedAt, updatedAt }) => xml`<entry>
<id>${at.post(slug)}</id>
<title>${title}</title>
<link rel="alternate" type="text/html" href="${at.post(slug)}"/>
${author ? xml`<author><name>${author.name ?? author.username}</name><uri>${at.profile(author.username)}</uri></author>` : ''}
<published>${publishedAt ?? updatedAt}</published>
<updated>${updatedAt}</updated>
${tags.map((tag) => xml`<category term="${tag}"/>`)}
<summary>${excerpt}</summary>
${html === undefined ? '' : xml`<content type="html">${html}</content>`}
</entry>
`,
)}</feed>
`;
}

/** When the newest of these was changed; of no posts, a time before all. */
function latest(posts: readonly FeedPost[]): string {
  return posts.reduce((time, { updatedAt }) => (updatedAt > time ? updatedAt : time), new Date(0).toISOString());
}

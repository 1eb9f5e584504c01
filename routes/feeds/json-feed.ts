import type { FeedPost } from '../../services/feeds/feed-service.js';
import { addressesAt } from './addresses.js';
import type { SiteTexts } from './site-texts.js';

/** @see https://www.jsonfeed.org/version/1.1/ */
export function jsonFeed(posts: readonly FeedPost[], { name, description }: SiteTexts, origin: string): object {
  const at = addressesAt(origin);
  return {
    version: 'https://jsonfeed.org/version/1.1',
    title: name,
    description,
    home_page_url: `${origin}/`,
    feed_url: `${origin}/feed.json`,
    icon: `${origin}/icon-512.png`,
    favicon: `${origin}/icon-192.png`,
    items: posts.map(({ slug, title, excerpt, html, author, tags, coverImage, publishedAt, updatedAt }) => ({
      id: at.post(slug),
      url: at.post(slug),
      title,
      summary: excerpt,
      // One of the two has to be there.
      ...(html === undefined ? { content_text: excerpt } : { content_html: withOrigin(html, origin) }),
      ...(coverImage !== null && { image: at.picture(coverImage) }),
      date_published: publishedAt ?? updatedAt,
      date_modified: updatedAt,
      ...(author && {
        authors: [
          {
            name: author.name ?? author.username,
            url: at.profile(author.username),
            ...(author.avatar !== null && { avatar: at.picture(author.avatar) }),
          },
        ],
      }),
      tags,
    })),
  };
}

/** Links to paths of ours get the origin: JSON has no base address. Quotes in texts are escaped by the renderer. */
function withOrigin(html: string, origin: string): string {
  return html.replace(/ (href|src)="\/(?!\/)/g, ` $1="${origin}/`);
}

import type { PostSummary } from '../../models/posts/post-rows.js';

/** JSON-LD for search engines (https://schema.org). Addresses in it are absolute: `origin` is the site's. */

export function blogPosting(post: PostSummary, category: string, origin: string): object {
  const address = `${origin}${postPath(post.slug)}`;
  return {
    '@context': 'https://schema.org',
    '@type': 'BlogPosting',
    '@id': address,
    mainEntityOfPage: address,
    headline: post.title,
    description: post.excerpt,
    ...(post.coverImage !== null && { image: absolute(post.coverImage, origin) }),
    datePublished: post.publishedAt ?? undefined,
    dateModified: post.updatedAt,
    ...(post.author && { author: person(post.author, origin) }),
    articleSection: category,
    keywords: post.tags.join(', '),
    commentCount: post.commentCount,
    interactionStatistic: {
      '@type': 'InteractionCounter',
      interactionType: 'https://schema.org/LikeAction',
      userInteractionCount: post.likeCount,
    },
  };
}

interface PersonFields {
  username: string;
  name: string | null;
  avatar: string | null;
}

export function person({ username, name, avatar }: PersonFields, origin: string): object {
  return {
    '@type': 'Person',
    name: name ?? username,
    alternateName: username,
    url: `${origin}${personPath(username)}`,
    ...(avatar !== null && { image: absolute(avatar, origin) }),
  };
}

/** @param steps the way from the home page, by name and path */
export function breadcrumbs(steps: readonly { name: string; path: string }[], origin: string): object {
  return {
    '@context': 'https://schema.org',
    '@type': 'BreadcrumbList',
    itemListElement: [{ name: 'Allium', path: '/' }, ...steps].map(({ name, path }, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name,
      item: `${origin}${path}`,
    })),
  };
}

export const postPath = (slug: string): string => `/posts/${encodeURIComponent(slug)}`;
export const personPath = (username: string): string => `/@${encodeURIComponent(username)}`;

function absolute(address: string, origin: string): string {
  return address.startsWith('/') ? origin + address : address;
}

import type { BulkComment, BulkPost } from '../../models/dialects/sqlite/posts/bulk-posts.js';
import type { PostStatus } from '../../models/posts/post.js';
import { pairsOf } from '../../models/posts/search-terms.js';
import { RENDERER } from '../../services/posts/markdown.js';
import { slugOf } from '../../services/posts/slugs.js';
import { CORPORA, type Article } from './articles.js';
import type { Random } from './random.js';

export interface Author {
  id: number;
  chinese: boolean;
}

interface PostGeneratorOptions {
  random: Random;
  authors: readonly Author[];
  /** As many as there will be posts, or more. */
  articles: Iterator<Article>;
  count: number;
  /** Long posts are talked about; of the many short ones only some are. */
  lively: boolean;
  /** Nothing is dated later. */
  until: Date;
}

const DAY_MS = 86_400_000;
const SPAN_MS = 2 * 365 * DAY_MS;

/** Makes posts with their likes and comments, the newest last. @returns a function that makes the next one. */
export function createPostGenerator(options: PostGeneratorOptions): () => BulkPost {
  const { random, authors, articles, count, lively, until } = options;
  const chinese = authors.filter((author) => author.chinese);
  const english = authors.filter((author) => !author.chinese);
  let place = 0;

  return function nextPost() {
    const { value: article, done } = articles.next();
    if (done) throw new Error('there are fewer articles than posts');
    const { title, content, html, excerpt, category, tags, text } = article;
    const createdAt = until.getTime() - Math.floor(((count - place - random.next()) / count) * SPAN_MS);
    place += 1;
    const status = statusOf(random.next());
    const authorId = random.pick(article.chinese ? chinese : english).id;
    const isPublished = status === 'published';
    const likers = isPublished ? pickLikers() : [];
    const comments = isPublished ? commentsOn(article, createdAt) : [];
    const viewCount = isPublished ? Math.floor(8 / (random.next() + 0.02)) + likers.length * 9 : 0;
    const likes = likers.map(({ id }) => ({ userId: id, at: timeAfter(createdAt) }));
    const pairs = `${pairsOf(title)} ${article.pairs}`;
    const texts = { slug: slugOf(title), title, content, html, renderer: RENDERER, excerpt, text, pairs };
    return { ...texts, authorId, category, tags, status, createdAt, viewCount, likes, comments };
  };

  function pickLikers(): Author[] {
    if (lively) return random.some(authors, Math.floor(random.next() ** 2 * authors.length));
    return random.chance(0.1) ? random.some(authors, random.between(1, 3)) : [];
  }

  function commentsOn(article: Article, createdAt: number): BulkComment[] {
    const corpus = CORPORA[article.chinese ? 1 : 0];
    const total = lively ? random.between(0, 5) : random.chance(0.02) ? 1 : 0;
    const speakers = random.some(article.chinese ? chinese : english, total);
    const words = random.some(corpus?.comments ?? [], speakers.length);
    return speakers.map((speaker, index) => {
      const comment = { authorId: speaker.id, content: words[index] ?? '', at: timeAfter(createdAt) };
      if (!lively || !random.chance(0.4)) return comment;
      const replier = random.pick(authors).id;
      return {
        ...comment,
        reply: { authorId: replier, content: random.pick(corpus?.replies ?? []), at: until.getTime() },
      };
    });
  }

  /** Within the month after something, and never in the future. */
  function timeAfter(createdAt: number): number {
    return Math.min(createdAt + Math.floor(random.next() * 30 * DAY_MS), until.getTime());
  }
}

function statusOf(chance: number): PostStatus {
  if (chance < 0.9) return 'published';
  return chance < 0.96 ? 'draft' : 'archived';
}

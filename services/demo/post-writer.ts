import { writeInBulk, type Bulk } from '../../models/bulk.js';
import type { PostStatus } from '../../models/post.js';
import { ALL_POST_KEYS } from '../posts/posts-key.js';
import { pairsOf } from '../posts/search-terms.js';
import { slugOf } from '../posts/slugs.js';
import { CORPORA, type Article } from './articles.js';
import type { Random } from './random.js';

export interface Author {
  id: number;
  chinese: boolean;
}

interface Options {
  file: string;
  random: Random;
  authors: readonly Author[];
  /** As many as there will be posts, or more. */
  articles: Iterator<Article>;
  posts: number;
  /** Long posts are talked about; of the many short ones only some are. */
  lively: boolean;
  /** Nothing is dated later. */
  until: Date;
  progress: (what: 'posts' | 'indexes and triggers', done: number, total: number) => void;
}

/** From so many posts on, counting them here and making the indexes anew costs less than keeping them up to date. */
const MANY = 2_000;
/** Posts that wait to be written while the next are made up. */
const CHUNK = 8_000;
const DAY_MS = 86_400_000;
const SPAN_MS = 2 * 365 * DAY_MS;

const POST_COLUMNS =
  'id slug title content html excerpt author_id category_id tags status view_count like_count comment_count published_at created_at updated_at';
const COUNT_TOTAL =
  'INSERT INTO post_totals (scope, total) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET total = total + excluded.total';
const COUNT_DAY =
  'INSERT INTO daily_views (day, views) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET views = views + excluded.views';

/** Writes posts with everything that belongs to them, in one transaction. @returns the ids of the published ones. */
export function writePosts(options: Options): Promise<number[]> {
  const { file, progress } = options;
  const restoring = (done: number, total: number) => progress('indexes and triggers', done, total);
  return writeInBulk({ file, changes: ALL_POST_KEYS, restoring }, async (bulk) => {
    const many = options.posts >= MANY;
    if (many) await bulk.suspend('posts', 'post_tags', 'likes', 'comments');
    const writer = await createPostWriter(bulk, options, many);
    let sent = Promise.resolve();
    for (let done = 0; done < options.posts;) {
      const end = Math.min(done + CHUNK, options.posts);
      for (; done < end; done += 1) writer.write(done);
      await sent; // while SQLite writes one chunk, the next is made up
      if (many) sent = bulk.send(); // few are sent together: the triggers count what is there already
      progress('posts', done, options.posts);
    }
    await sent;
    await writer.count();
    return writer.published;
  });
}

async function createPostWriter(bulk: Bulk, options: Options, many: boolean) {
  const { random, authors, articles, lively, until } = options;
  const posts = bulk.into('posts', POST_COLUMNS.split(' '));
  const postTags = bulk.into('post_tags', ['tag_id', 'post_id']);
  const search = await bulk.intoSearch('post_search', ['rowid', 'title', 'text', 'tags']);
  const pairs = await bulk.intoSearch('post_pairs', ['rowid', 'pairs']);
  const likes = bulk.into('likes', ['user_id', 'post_id', 'created_at']);
  const comments = bulk.into('comments', [
    'id',
    'post_id',
    'parent_id',
    'author_id',
    'content',
    'created_at',
    'updated_at',
  ]);

  const categories = await idsOf(bulk, 'SELECT slug AS name, id FROM categories');
  const names = JSON.stringify(CORPORA.flatMap(({ topics }) => topics.flatMap(({ tags }) => tags)));
  await bulk.run('INSERT OR IGNORE INTO tags (name) SELECT value FROM json_each(?)', names);
  const tagIds = await idsOf(bulk, 'SELECT name, id FROM tags');
  const first = await nextId(bulk, 'posts');
  let commentId = await nextId(bulk, 'comments');
  const taken = new Set<string>();
  if (first > 1 && !many) {
    for (const { slug } of await bulk.all<{ slug: string }>('SELECT slug FROM posts')) taken.add(slug);
  }

  const chinese = authors.filter((author) => author.chinese);
  const english = authors.filter((author) => !author.chinese);
  const published: number[] = [];
  const perCategory = new Map<number, number>();
  const perTag = new Map<number, number>();
  const totals = new Map<string, number>();
  const viewsOn = new Map<string, number>();

  return { write, count, published };

  /** @param place of the post among all: the last ones are the newest. */
  function write(place: number): void {
    const { value: article, done } = articles.next();
    if (done) throw new Error('there are fewer articles than posts');
    const id = first + place;
    const created = until.getTime() - Math.floor(((options.posts - place - random.next()) / options.posts) * SPAN_MS);
    const status = statusOf(random.next());
    const authorId = random.pick(article.chinese ? chinese : english).id;
    const categoryId = categories.get(article.category) ?? 0;
    const live = status === 'published';
    const likers = live ? likersOf() : [];
    const talk = live ? commentsOn(id, article, created) : 0;
    const views = live ? Math.floor(8 / (random.next() + 0.02)) + likers.length * 9 : 0;
    const time = timeOf(created);

    const { title, content, html, excerpt } = article;
    const tags = JSON.stringify(article.tags);
    const counts: [number, number, number] = [views, many ? likers.length : 0, many ? talk : 0];
    const times: [string | null, string, string] = [status === 'draft' ? null : time, time, time];
    const slug = slugFor(article, id);
    posts.add(id, slug, title, content, html, excerpt, authorId, categoryId, tags, status, ...counts, ...times);
    search.add(id, title, article.text, article.tags.join(' '));
    pairs.add(id, `${pairsOf(title)} ${article.pairs}`);
    for (const tag of article.tags) postTags.add(tagIds.get(tag) ?? 0, id);
    for (const liker of likers) likes.add(liker.id, id, timeAfter(created));
    if (!live) return;
    published.push(id);
    raise(viewsOn, time.slice(0, 10), views);
    raise(perCategory, categoryId, 1);
    raise(totals, 'published', 1);
    raise(totals, `author:${authorId}`, 1);
    for (const tag of article.tags) raise(perTag, tagIds.get(tag) ?? 0, 1);
  }

  /** What the triggers would have counted, had they not been away; and the views, which are nobody's but ours. */
  async function count(): Promise<void> {
    for (const [day, views] of viewsOn) await bulk.run(COUNT_DAY, day, views);
    if (!many) return;
    for (const [scope, total] of totals) await bulk.run(COUNT_TOTAL, scope, total);
    for (const [id, total] of perCategory) {
      await bulk.run('UPDATE categories SET post_count = post_count + ? WHERE id = ?', total, id);
    }
    for (const [id, total] of perTag) {
      await bulk.run('UPDATE tags SET post_count = post_count + ? WHERE id = ?', total, id);
    }
  }

  function slugFor({ title }: Article, id: number): string {
    const slug = slugOf(title);
    if (many || taken.has(slug)) return `${slug}-${id}`;
    taken.add(slug);
    return slug;
  }

  function likersOf(): Author[] {
    if (lively) return random.some(authors, Math.floor(random.next() ** 2 * authors.length));
    return random.chance(0.1) ? random.some(authors, random.between(1, 3)) : [];
  }

  /** @returns how many. */
  function commentsOn(postId: number, article: Article, created: number): number {
    const corpus = CORPORA[article.chinese ? 1 : 0];
    const said = lively ? random.between(0, 5) : random.chance(0.02) ? 1 : 0;
    const speakers = random.some(article.chinese ? chinese : english, said);
    const words = random.some(corpus?.comments ?? [], speakers.length);
    let total = 0;
    speakers.forEach((speaker, index) => {
      const parent = say(postId, null, speaker.id, words[index] ?? '', timeAfter(created));
      total += 1;
      if (!lively || !random.chance(0.4)) return;
      say(postId, parent, random.pick(authors).id, random.pick(corpus?.replies ?? []), timeOf(until.getTime()));
      total += 1;
    });
    return total;
  }

  function say(postId: number, parentId: number | null, authorId: number, content: string, time: string): number {
    comments.add(commentId, postId, parentId, authorId, content, time, time);
    return commentId++;
  }

  /** Within the month after something, and never in the future. */
  function timeAfter(created: number): string {
    return timeOf(Math.min(created + Math.floor(random.next() * 30 * DAY_MS), until.getTime()));
  }
}

function statusOf(chance: number): PostStatus {
  if (chance < 0.9) return 'published';
  return chance < 0.96 ? 'draft' : 'archived';
}

function raise<Key>(counts: Map<Key, number>, key: Key, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}

async function idsOf(bulk: Bulk, sql: string): Promise<Map<string, number>> {
  const rows = await bulk.all<{ name: string; id: number }>(sql);
  return new Map(rows.map(({ name, id }) => [name, id]));
}

/** Ids are never used twice, not even those of what has been deleted. */
async function nextId(bulk: Bulk, table: string): Promise<number> {
  const [last] = await bulk.all<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', table);
  return (last?.seq ?? 0) + 1;
}

/** As Sequelize writes times into SQLite. */
function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().replace('T', ' ').slice(0, -1)} +00:00`;
}

import type { PostStatus } from '../../../posts/post.js';
import { writeInBulk, type Bulk } from '../bulk.js';

/** A post with everything that belongs to it. Times are in milliseconds since 1970. */
export interface BulkPost {
  /** Made unique where it is taken. */
  slug: string;
  title: string;
  content: string;
  html: string;
  /** The version of the renderer that has made it. */
  renderer: number;
  excerpt: string;
  authorId: number;
  /** The category's slug. */
  category: string;
  tags: readonly string[];
  status: PostStatus;
  createdAt: number;
  viewCount: number;
  /** What a search finds it by: words, and pairs of characters. */
  text: string;
  pairs: string;
  likes: readonly { userId: number; at: number }[];
  comments: readonly BulkComment[];
}

export interface BulkComment {
  authorId: number;
  content: string;
  at: number;
  reply?: BulkComment | undefined;
}

interface Options {
  file: string;
  count: number;
  /** The versions that are other ones afterwards. */
  changes: readonly string[];
  progress: (what: 'posts' | 'indexes and triggers', done: number, total: number) => void;
}

/** From so many posts on, counting them here and rebuilding the indexes costs less than keeping them up to date. */
const MANY = 2_000;
/** Posts that wait to be written while the next are made up. */
const CHUNK = 8_000;

const POST_COLUMNS =
  'id slug title content html excerpt author_id category_id tags status view_count like_count comment_count published_at created_at updated_at renderer';
const COMMENT_COLUMNS = 'id post_id parent_id author_id content created_at updated_at';
const COUNT_TOTAL =
  'INSERT INTO post_totals (scope, total) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET total = total + excluded.total';
const COUNT_DAY =
  'INSERT INTO daily_views (day, views) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET views = views + excluded.views';

/**
 * Writes very many posts in one transaction: all of them, or none.
 *
 * @param next makes each of `options.count` posts, while SQLite writes those before.
 * @returns the ids of the published ones.
 */
export function writePostsInBulk(options: Options, next: () => BulkPost): Promise<number[]> {
  const { file, count, changes, progress } = options;
  const restoring = (done: number, total: number) => progress('indexes and triggers', done, total);
  return writeInBulk({ file, changes, restoring }, async (bulk) => {
    const many = count >= MANY;
    if (many) await bulk.suspend('posts', 'post_tags', 'likes', 'comments');
    const writer = await createPostWriter(bulk, many);
    let sent = Promise.resolve();
    for (let done = 0; done < count;) {
      const posts = Array.from({ length: Math.min(CHUNK, count - done) }, next);
      done += posts.length;
      await writer.write(posts);
      await sent; // while SQLite writes one chunk, the next is made up
      if (many) sent = bulk.send(); // few are sent together: the triggers count what is there already
      progress('posts', done, count);
    }
    await sent;
    await writer.count();
    return writer.published;
  });
}

async function createPostWriter(bulk: Bulk, many: boolean) {
  const posts = bulk.into('posts', POST_COLUMNS.split(' '));
  const postTags = bulk.into('post_tags', ['tag_id', 'post_id']);
  const search = await bulk.intoSearch('post_search', ['rowid', 'title', 'text', 'tags']);
  const pairs = await bulk.intoSearch('post_pairs', ['rowid', 'pairs']);
  const likes = bulk.into('likes', ['user_id', 'post_id', 'created_at']);
  const comments = bulk.into('comments', COMMENT_COLUMNS.split(' '));

  const categories = await idsOf(bulk, 'SELECT slug AS name, id FROM categories');
  const tagIds = await idsOf(bulk, 'SELECT name, id FROM tags');
  let nextPostId = await nextIdIn(bulk, 'posts');
  let nextCommentId = await nextIdIn(bulk, 'comments');
  const taken = new Set<string>();
  if (nextPostId > 1 && !many) {
    for (const { slug } of await bulk.all<{ slug: string }>('SELECT slug FROM posts')) taken.add(slug);
  }

  const published: number[] = [];
  const perCategory = new Map<number, number>();
  const perTag = new Map<number, number>();
  const totals = new Map<string, number>();
  const viewsOn = new Map<string, number>();

  return {
    published,

    async write(chunk: readonly BulkPost[]): Promise<void> {
      await addTags(new Set(chunk.flatMap(({ tags }) => tags)));
      for (const post of chunk) writePost(post);
    },

    /** Counts what the triggers would have counted, had they not been away; and the views, which no trigger counts. */
    async count(): Promise<void> {
      for (const [day, views] of viewsOn) await bulk.run(COUNT_DAY, day, views);
      if (!many) return;
      for (const [scope, total] of totals) await bulk.run(COUNT_TOTAL, scope, total);
      for (const [id, total] of perCategory) {
        await bulk.run('UPDATE categories SET post_count = post_count + ? WHERE id = ?', total, id);
      }
      for (const [id, total] of perTag) {
        await bulk.run('UPDATE tags SET post_count = post_count + ? WHERE id = ?', total, id);
      }
    },
  };

  async function addTags(names: ReadonlySet<string>): Promise<void> {
    const missing = [...names].filter((name) => !tagIds.has(name));
    if (missing.length === 0) return;
    await bulk.run('INSERT OR IGNORE INTO tags (name) SELECT value FROM json_each(?)', JSON.stringify(missing));
    for (const [name, id] of await idsOf(bulk, 'SELECT name, id FROM tags')) tagIds.set(name, id);
  }

  function writePost(post: BulkPost): void {
    const id = nextPostId++;
    const { title, content, html, excerpt, authorId, tags, status, viewCount, renderer } = post;
    const categoryId = categories.get(post.category) ?? 0;
    const time = timeOf(post.createdAt);
    const talk = post.comments.reduce((total, comment) => total + writeComment(id, null, comment), 0);
    const counts = [viewCount, many ? post.likes.length : 0, many ? talk : 0];
    const times = [status === 'draft' ? null : time, time, time];
    const texts = [uniqueSlug(post.slug, id), title, content, html, excerpt];
    posts.add(id, ...texts, authorId, categoryId, JSON.stringify(tags), status, ...counts, ...times, renderer);
    search.add(id, title, post.text, tags.join(' '));
    pairs.add(id, post.pairs);
    for (const tag of tags) postTags.add(tagIds.get(tag) ?? 0, id);
    for (const { userId, at } of post.likes) likes.add(userId, id, timeOf(at));
    if (status !== 'published') return;
    published.push(id);
    raise(viewsOn, time.slice(0, 10), viewCount);
    raise(perCategory, categoryId, 1);
    raise(totals, 'published', 1);
    raise(totals, `author:${authorId}`, 1);
    for (const tag of tags) raise(perTag, tagIds.get(tag) ?? 0, 1);
  }

  /** @returns how many, with the reply. */
  function writeComment(
    postId: number,
    parentId: number | null,
    { authorId, content, at, reply }: BulkComment,
  ): number {
    const id = nextCommentId++;
    const time = timeOf(at);
    comments.add(id, postId, parentId, authorId, content, time, time);
    return reply ? 1 + writeComment(postId, id, reply) : 1;
  }

  function uniqueSlug(slug: string, id: number): string {
    if (many || taken.has(slug)) return `${slug}-${id}`;
    taken.add(slug);
    return slug;
  }
}

function raise<Key>(counts: Map<Key, number>, key: Key, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}

async function idsOf(bulk: Bulk, sql: string): Promise<Map<string, number>> {
  const rows = await bulk.all<{ name: string; id: number }>(sql);
  return new Map(rows.map(({ name, id }) => [name, id]));
}

/** Ids are never used twice, not even those of what has been deleted. */
async function nextIdIn(bulk: Bulk, table: string): Promise<number> {
  const [last] = await bulk.all<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', table);
  return (last?.seq ?? 0) + 1;
}

/** As Sequelize writes times into SQLite. */
function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().replace('T', ' ').slice(0, -1)} +00:00`;
}

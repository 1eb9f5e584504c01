import type { Engine } from '../dialects/engine.js';
import type { Page, Transaction } from '../queries.js';

export type Revisions = ReturnType<typeof createRevisions>;

/** An earlier version of a post. Times are ISO 8601 UTC. */
export interface RevisionSummary {
  version: number;
  title: string;
  /** When this version was saved. */
  savedAt: string;
  /** Null when the account has been deleted. */
  savedBy: { id: number; username: string; name: string | null; avatar: string | null } | null;
}

export interface Revision extends RevisionSummary {
  content: string;
  excerpt: string;
  /** The category's slug at that time. */
  category: string;
  tags: string[];
  coverImage: string | null;
}

/** Which version, and by whom and when it was saved, in milliseconds since 1970. */
export interface RevisionMark {
  version: number;
  savedAt: number;
  savedBy: number | null;
}

interface JsonRow {
  json: string;
}

const ADD = `INSERT INTO post_revisions
    (post_id, version, title, content, excerpt, category, tags, cover_image, saved_at, saved_by)
  SELECT p.id, p.version, p.title, p.content, p.excerpt, c.slug, p.tags, p.cover_image, p.updated_at,
      coalesce(p.saved_by, p.author_id)
    FROM posts p JOIN categories c ON c.id = p.category_id WHERE p.id = ?`;
const REMOVE = 'DELETE FROM post_revisions WHERE post_id = ? AND version = ?';
const TRIM = `DELETE FROM post_revisions WHERE post_id = ? AND version <=
  (SELECT version FROM post_revisions WHERE post_id = ? ORDER BY version DESC LIMIT 1 OFFSET ?)`;
const COUNT = 'SELECT count(*) AS total FROM post_revisions WHERE post_id = ?';

/** Earlier versions of posts. They are deleted with their post. */
export function createRevisions({ read, words }: Engine) {
  const author = words.jsonObject({ id: 'u.id', username: 'u.username', name: 'u.name', avatar: 'u.avatar' });
  const summary = {
    version: 'r.version',
    title: 'r.title',
    savedAt: words.isoTime('r.saved_at'),
    savedBy: words.json(`CASE WHEN u.id IS NOT NULL THEN ${author} END`),
  };
  const tables = 'post_revisions r LEFT JOIN users u ON u.id = r.saved_by';
  const PAGE = `SELECT ${words.jsonObject(summary)} AS json FROM ${tables}
    WHERE r.post_id = ? ORDER BY r.version DESC LIMIT ? OFFSET ?`;
  const rest = {
    excerpt: 'r.excerpt',
    category: 'r.category',
    tags: words.json('r.tags'),
    coverImage: 'r.cover_image',
  };
  const ONE = `SELECT ${words.jsonObject({ ...summary, ...rest })} AS json, r.content FROM ${tables}
    WHERE r.post_id = ? AND r.version = ?`;
  const LATEST = `SELECT version, ${words.isoTime('saved_at')} AS "savedAt", saved_by AS "savedBy"
    FROM post_revisions WHERE post_id = ? ORDER BY version DESC LIMIT ?`;

  return {
    /** Newest first. A post has few, so that this is a short read. */
    async page(postId: number, { page, limit }: Page): Promise<{ revisions: RevisionSummary[]; total: number }> {
      const [rows, [counted]] = await Promise.all([
        read<JsonRow>(PAGE, postId, limit, (page - 1) * limit),
        read<{ total: number }>(COUNT, postId),
      ]);
      return { revisions: rows.map(({ json }) => JSON.parse(json) as RevisionSummary), total: counted?.total ?? 0 };
    },

    async find(postId: number, version: number): Promise<Revision | undefined> {
      const [row] = await read<JsonRow & { content: string }>(ONE, postId, version);
      return row && { ...(JSON.parse(row.json) as Omit<Revision, 'content'>), content: row.content };
    },

    /** The newest ones, newest first. */
    async latest(transaction: Transaction, postId: number, count: number): Promise<RevisionMark[]> {
      const rows = await transaction.select<Omit<RevisionMark, 'savedAt'> & { savedAt: string }>(LATEST, postId, count);
      return rows.map((row) => ({ ...row, savedAt: Date.parse(row.savedAt) }));
    },

    /** Stores the post as it is now. */
    add: (transaction: Transaction, postId: number) => transaction.execute(ADD, postId),
    remove: (transaction: Transaction, postId: number, version: number) => transaction.execute(REMOVE, postId, version),
    /** Removes the oldest ones beyond `most`. */
    trim: (transaction: Transaction, postId: number, most: number) => transaction.execute(TRIM, postId, postId, most),
  };
}

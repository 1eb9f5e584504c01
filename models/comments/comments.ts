import type { Engine } from '../dialects/engine.js';
import type { Page, Transaction } from '../queries.js';
import { tableOf } from '../table.js';
import { defineComment, type CommentRow } from './comment.js';

/** A comment with its author. Times are ISO 8601 UTC. */
export interface CommentWithAuthor extends Omit<CommentRow, 'authorId' | 'createdAt' | 'updatedAt'> {
  /** Null when the author's account has been deleted. */
  author: { id: number; username: string; name: string | null; avatar: string | null } | null;
  createdAt: string;
  updatedAt: string;
}

interface JsonRow {
  json: string;
}

/** The order of the index `comments_by_thread`. */
const THREAD = 'ORDER BY coalesce(m.parent_id, m.id), m.id';

export function createComments({ read, readLong, words, sequelize }: Engine) {
  const { insert, update, remove, find } = tableOf<CommentRow>(defineComment(sequelize));
  const author = words.jsonObject({ id: 'u.id', username: 'u.username', name: 'u.name', avatar: 'u.avatar' });
  const withAuthor = words.jsonObject({
    id: 'm.id',
    postId: 'm.post_id',
    parentId: 'm.parent_id',
    content: 'm.content',
    author: words.json(`CASE WHEN u.id IS NOT NULL THEN ${author} END`),
    createdAt: words.isoTime('m.created_at'),
    updatedAt: words.isoTime('m.updated_at'),
  });
  const one = `SELECT ${withAuthor} AS json FROM comments m LEFT JOIN users u ON u.id = m.author_id WHERE m.id = ?`;
  // The comments before the page are skipped in the index alone.
  const onPage = `SELECT ${withAuthor} AS json
    FROM (SELECT m.id FROM comments m WHERE m.post_id = ? ${THREAD} LIMIT ? OFFSET ?) listed
      JOIN comments m ON m.id = listed.id LEFT JOIN users u ON u.id = m.author_id ${THREAD}`;

  return {
    insert,
    update,
    remove,
    find: (transaction: Transaction, id: number) => find(transaction, id),

    async findWithAuthor(id: number): Promise<CommentWithAuthor | undefined> {
      const [row] = await read<JsonRow>(one, id);
      return row && commentOf(row);
    },

    /** Oldest first, each followed by its replies. Replies count: a page has an upper bound. */
    async page(postId: number, { page, limit }: Page, signal?: AbortSignal): Promise<CommentWithAuthor[]> {
      return (await readLong<JsonRow>({ signal }, onPage, postId, limit, (page - 1) * limit)).map(commentOf);
    },
  };
}

function commentOf({ json }: JsonRow): CommentWithAuthor {
  return JSON.parse(json) as CommentWithAuthor;
}

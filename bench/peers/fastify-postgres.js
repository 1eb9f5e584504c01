/** The same as fastify-sqlite.js on PostgreSQL: pg, named prepared statements. It does not search. */
import { Pool, types } from 'pg';
import { createPostSearch } from '../../dist/models/dialects/postgres/posts/post-search.js';
import { run } from '../../dist/models/dialects/postgres/pool.js';
import {
  mayRead,
  orderBy,
  pageOf,
  PASSWORD,
  present,
  presentUser,
  PUBLISHED,
  summaryOf,
  USER,
} from './fastify-rows.js';
import { excerptOf, normalizeTags, renderMarkdown, slugBesides, slugOf } from './shared.js';

types.setTypeParser(types.builtins.INT8, Number);
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const search = createPostSearch({});

const names = new Map();
/** Prepares a text once on each connection. */
async function sql(text, values, client = pool) {
  let name = names.get(text);
  if (!name) names.set(text, (name = `s${names.size}`));
  return (await client.query({ name, text, values })).rows;
}

async function transaction(work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work((text, ...values) => sql(text, values, client), client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

export const findPassword = async (email) => (await sql(`${PASSWORD} $1`, [email]))[0];
export const signedIn = (id) => sql('UPDATE users SET last_login = now() WHERE id = $1', [id]);
export const me = async (id) => ({ user: presentUser((await sql(`${USER} $1`, [id]))[0]) });

const JOINED = 'JOIN users u ON u.id = p.author_id JOIN categories c ON c.id = p.category_id';

export async function page(viewer, query) {
  const { page: current, limit, category, sort } = query;
  const of = category === undefined ? [] : [category];
  // `of` comes first: the count has no other parameter.
  const where =
    of.length > 0 ? `${PUBLISHED} AND p.category_id = (SELECT id FROM categories WHERE slug = $1)` : PUBLISHED;
  const [a, b, c] = [1, 2, 3].map((number) => `$${number + of.length}`);
  const ids = `SELECT p.id FROM posts p WHERE ${where} ${orderBy(sort)} LIMIT ${a} OFFSET ${b}`;
  const list = `SELECT ${summaryOf(c)} FROM (${ids}) listed JOIN posts p ON p.id = listed.id ${JOINED} ${orderBy(sort)}`;
  const [rows, [{ total }]] = await Promise.all([
    sql(list, [...of, limit, (current - 1) * limit, viewer]),
    sql(`SELECT count(*) AS total FROM posts p WHERE ${where}`, of),
  ]);
  return pageOf(query, rows.map(present), total);
}

/** @returns undefined where there is none that the viewer may see. */
export async function find(viewer, id) {
  const [row] = await sql(`SELECT ${summaryOf('$1')}, p.content, p.html FROM posts p ${JOINED} WHERE p.id = $2`, [
    viewer,
    id,
  ]);
  return mayRead(viewer, row) ? present(row) : undefined;
}

export const like = (viewer, id, liked) =>
  transaction(async (query) => {
    const [post] = await query('SELECT author_id AS "authorId", status FROM posts WHERE id = $1', id);
    if (!mayRead(viewer, post)) return undefined;
    if (liked) await query('INSERT INTO likes VALUES ($1, $2, now()) ON CONFLICT DO NOTHING', viewer, id);
    else await query('DELETE FROM likes WHERE user_id = $1 AND post_id = $2', viewer, id);
    return (await query('SELECT like_count AS "likeCount" FROM posts WHERE id = $1', id))[0].likeCount;
  });

const INSERT = `INSERT INTO posts (slug, title, content, html, excerpt, author_id, category_id, tags, cover_image, status,
    published_at, created_at, updated_at)
  SELECT $1, $2, $3, $4, $5, $6, id, $7, $8, $9, CASE WHEN $9 = 'published' THEN now() END, now(), now()
  FROM categories WHERE slug = $10 ON CONFLICT (slug) DO NOTHING RETURNING id`;

export async function create(viewer, input) {
  const { title, content, category, excerpt, tags: given = [], coverImage = null, status = 'draft' } = input;
  const { html, text } = renderMarkdown(content);
  const tags = normalizeTags(given);
  const rest = [title, content, html, excerpt ?? excerptOf(text), viewer, JSON.stringify(tags), coverImage, status];
  const id = await transaction(async (query, client) => {
    const insert = (slug) => query(INSERT, slug, ...rest, category);
    const [post] = await insert(slugOf(title));
    const { id: created } = post ?? (await insert(slugBesides(slugOf(title))))[0];
    await query('INSERT INTO tags (name) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING', tags);
    await query('INSERT INTO post_tags SELECT id, $1 FROM tags WHERE name = ANY ($2)', created, tags);
    const execute = (statement, ...values) => run(client, statement, values);
    await search.index({ execute }, created, { title, text, tags });
    return created;
  });
  return find(viewer, id);
}

export const countViews = (counts) =>
  transaction(async (query) => {
    for (const [id, views] of counts)
      await query('UPDATE posts SET view_count = view_count + $1 WHERE id = $2', views, id);
  });

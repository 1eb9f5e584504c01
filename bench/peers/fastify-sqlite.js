/** People and posts by hand: better-sqlite3, prepared statements, and nothing between them and the rows. */
import Database from 'better-sqlite3';
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
import {
  DATABASE,
  excerptOf,
  highlight,
  matchOf,
  normalizeTags,
  pairsOf,
  renderMarkdown,
  slugBesides,
  slugOf,
  storedTime,
} from './shared.js';

const SUMMARY = summaryOf('@viewer');
const JOINED = 'CROSS JOIN users u ON u.id = p.author_id CROSS JOIN categories c ON c.id = p.category_id';
const OF_CATEGORY = `${PUBLISHED} AND p.category_id = (SELECT id FROM categories WHERE slug = @category)`;
const HITS = `SELECT rowid AS id, bm25(post_search, 8, 1, 4) AS score FROM post_search
  WHERE post_search MATCH @match ORDER BY rowid DESC LIMIT 1000`;

const database = new Database(DATABASE);
for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL', 'foreign_keys = ON', 'busy_timeout = 5000']) {
  database.pragma(pragma);
}

const prepared = new Map();
/** Prepares a text once. */
function sql(text) {
  let statement = prepared.get(text);
  if (!statement) prepared.set(text, (statement = database.prepare(text)));
  return statement;
}

export const findPassword = (email) => sql(`${PASSWORD} ?`).get(email);
export const signedIn = (id) => sql('UPDATE users SET last_login = ? WHERE id = ?').run(storedTime(), id);
export const me = (id) => ({ user: presentUser(sql(`${USER} ?`).get(id)) });

export function page(viewer, query) {
  const { posts, total } = query.search ? searched(viewer, query) : listed(viewer, query);
  return pageOf(query, posts, total);
}

function listed(viewer, { page: current, limit, category, sort }) {
  const where = category === undefined ? PUBLISHED : OF_CATEGORY;
  const order = orderBy(sort);
  const ids = `SELECT p.id FROM posts p WHERE ${where} ${order} LIMIT @limit OFFSET @offset`;
  // What is skipped is not joined.
  const rows = sql(
    `SELECT ${SUMMARY} FROM (${ids}) listed CROSS JOIN posts p ON p.id = listed.id ${JOINED} ${order}`,
  ).all({ viewer, limit, offset: (current - 1) * limit, ...(category !== undefined && { category }) });
  const count = sql(`SELECT count(*) AS total FROM posts p WHERE ${where}`);
  const { total } = category === undefined ? count.get() : count.get({ category });
  return { posts: rows.map(present), total };
}

function searched(viewer, { page: current, limit, search }) {
  const { words, match } = matchOf(search);
  if (match === undefined) return { posts: [], total: 0 };
  const from = `(${HITS}) hit CROSS JOIN posts p ON p.id = hit.id ${JOINED} WHERE ${PUBLISHED}`;
  const rows = sql(`SELECT ${SUMMARY} FROM ${from} ORDER BY hit.score, p.id DESC LIMIT @limit OFFSET @offset`).all({
    viewer,
    match,
    limit,
    offset: (current - 1) * limit,
  });
  const { total } = sql(`SELECT count(*) AS total FROM ${from}`).get({ match });
  const texts = sql('SELECT rowid AS id, title, text FROM post_search WHERE rowid IN (SELECT value FROM json_each(?))');
  const found = new Map(texts.all(JSON.stringify(rows.map(({ id }) => id))).map((row) => [row.id, row]));
  const posts = rows.map((row) => {
    const { title = '', text: body = '' } = found.get(row.id) ?? {};
    return { ...present(row), highlight: highlight(`${title} — ${body}`, words) };
  });
  return { posts, total };
}

/** @returns undefined where there is none that the viewer may see. */
export function find(viewer, id) {
  const row = sql(`SELECT ${SUMMARY}, p.content, p.html FROM posts p ${JOINED} WHERE p.id = @id`).get({ viewer, id });
  return mayRead(viewer, row) ? present(row) : undefined;
}

export const like = database.transaction((viewer, id, liked) => {
  const post = sql('SELECT author_id AS authorId, status FROM posts WHERE id = ?').get(id);
  if (!mayRead(viewer, post)) return undefined;
  if (liked) {
    sql('INSERT OR IGNORE INTO likes (user_id, post_id, created_at) VALUES (?, ?, ?)').run(viewer, id, storedTime());
  } else sql('DELETE FROM likes WHERE user_id = ? AND post_id = ?').run(viewer, id);
  return sql('SELECT like_count AS likeCount FROM posts WHERE id = ?').get(id).likeCount;
}).immediate;

export function create(viewer, { title, content, category, excerpt, tags = [], coverImage = null, status = 'draft' }) {
  const { html, text } = renderMarkdown(content);
  const now = storedTime();
  return insert(
    {
      slug: slugOf(title),
      title,
      content,
      html,
      excerpt: excerpt ?? excerptOf(text),
      author: viewer,
      category,
      coverImage,
      status,
      publishedAt: status === 'published' ? now : null,
      now,
    },
    normalizeTags(tags),
    text,
  );
}

const insert = database.transaction((row, tags, text) => {
  const id = insertUnderFreeSlug({ ...row, tags: JSON.stringify(tags) });
  const names = JSON.stringify(tags);
  sql('INSERT OR IGNORE INTO tags (name) SELECT value FROM json_each(?)').run(names);
  sql(
    `INSERT OR IGNORE INTO post_tags (tag_id, post_id)
     SELECT id, ? FROM tags WHERE name IN (SELECT value FROM json_each(?))`,
  ).run(id, names);
  const tagText = tags.join(' ');
  sql('INSERT INTO post_search (rowid, title, text, tags) VALUES (?, ?, ?, ?)').run(id, row.title, text, tagText);
  sql('INSERT INTO post_pairs (rowid, pairs) VALUES (?, ?)').run(id, pairsOf(`${row.title} ${text} ${tagText}`));
  return find(row.author, id);
}).immediate;

function insertUnderFreeSlug(row) {
  const statement = sql(
    `INSERT INTO posts (slug, title, content, html, excerpt, author_id, category_id, tags, cover_image, status,
       published_at, created_at, updated_at)
     VALUES (@slug, @title, @content, @html, @excerpt, @author, (SELECT id FROM categories WHERE slug = @category),
       @tags, @coverImage, @status, @publishedAt, @now, @now)`,
  );
  try {
    return Number(statement.run(row).lastInsertRowid);
  } catch (error) {
    if (error.code !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
    return Number(statement.run({ ...row, slug: slugBesides(row.slug) }).lastInsertRowid);
  }
}

export const countViews = database.transaction((counts) => {
  const statement = sql('UPDATE posts SET view_count = view_count + ? WHERE id = ?');
  for (const [id, views] of counts) statement.run(views, id);
});

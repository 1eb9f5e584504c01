/** Posts through Sequelize: the product's models on its tuned connections, used as the ORM's manual shows. */
import { UniqueConstraintError } from 'sequelize';
import { openDatabase } from '../../dist/models/index.js';
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
} from './shared.js';

const { sequelize } = openDatabase(DATABASE);
const { Category, Post, User } = sequelize.models;
export { User };

const execute = (transaction, text, ...replacements) => sequelize.query(text, { replacements, transaction });
let last = Promise.resolve();
/** One after the other: SQLite has one writer, and those that wait for it hold the threads that it needs. */
function write(work) {
  const written = last.then(() => sequelize.transaction({ type: 'IMMEDIATE' }, work));
  last = written.catch(() => {});
  return written;
}

Post.belongsTo(User, { as: 'author', foreignKey: 'authorId' });
Post.belongsTo(Category, { as: 'ofCategory', foreignKey: 'categoryId' });
const RELATED = [
  { association: 'author', attributes: ['id', 'username', 'name', 'avatar'] },
  { association: 'ofCategory', attributes: ['slug'] },
];
const WITHOUT_TEXT = { exclude: ['content', 'html'] };
const HITS = `SELECT h.id FROM (SELECT rowid AS id, bm25(post_search, 8, 1, 4) AS score FROM post_search
  WHERE post_search MATCH ? ORDER BY rowid DESC LIMIT 1000) h
  JOIN posts p ON p.id = h.id WHERE p.status = 'published' ORDER BY h.score, h.id DESC`;

const select = (text, ...replacements) => sequelize.query(text, { replacements, type: 'SELECT' });

function present(post, liked) {
  const { ofCategory, tags, authorId: _author, categoryId: _category, ...rest } = post.get();
  return { ...rest, category: ofCategory.slug, tags: JSON.parse(tags), likedByMe: liked.has(post.id) };
}

/** @returns which of the posts the viewer likes. */
async function likedBy(viewer, posts) {
  if (viewer === 0 || posts.length === 0) return new Set();
  const ids = posts.map(({ id }) => id);
  const rows = await select('SELECT post_id AS id FROM likes WHERE user_id = ? AND post_id IN (?)', viewer, ids);
  return new Set(rows.map(({ id }) => id));
}

export async function page(viewer, query) {
  const { page: current, limit } = query;
  const { rows, count, highlights } = await (query.search ? searched(query) : listed(query));
  const liked = await likedBy(viewer, rows);
  const posts = rows.map((post) => ({ ...present(post, liked), highlight: highlights?.get(post.id) }));
  return { posts, pagination: { current, pages: Math.ceil(count / limit), total: count, limit } };
}

async function listed({ page: current, limit, category, sort }) {
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  const where = { status: 'published' };
  if (category !== undefined) where.categoryId = (await Category.findOne({ where: { slug: category } }))?.id ?? 0;
  // findAndCountAll would join for the count as well, which takes three times as long as both.
  const counting = Post.count({ where });
  const rows = await Post.findAll({
    where,
    attributes: WITHOUT_TEXT,
    include: RELATED,
    order: [
      [sort.replace('-', ''), direction],
      ['id', direction],
    ],
    limit,
    offset: (current - 1) * limit,
  });
  return { rows, count: await counting };
}

async function searched({ search, page: current, limit }) {
  const { words, match } = matchOf(search);
  const hits = match === undefined ? [] : await select(HITS, match);
  const ids = hits.slice((current - 1) * limit, current * limit).map(({ id }) => id);
  const [found, texts] = await Promise.all([
    Post.findAll({ where: { id: ids }, attributes: WITHOUT_TEXT, include: RELATED }),
    select('SELECT rowid AS id, title, text FROM post_search WHERE rowid IN (?)', ids),
  ]);
  const byId = new Map(found.map((post) => [post.id, post]));
  const highlights = new Map(texts.map(({ id, title, text }) => [id, highlight(`${title} — ${text}`, words)]));
  return { rows: ids.map((id) => byId.get(id)), count: hits.length, highlights };
}

/** @returns undefined where there is none that the viewer may see. */
export async function find(viewer, id) {
  const post = await Post.findByPk(id, { include: RELATED });
  if (!mayRead(viewer, post)) return undefined;
  return present(post, await likedBy(viewer, [post]));
}

const mayRead = (viewer, post) => post && (post.status === 'published' || post.authorId === viewer);

export function like(viewer, id, liked) {
  return write(async (transaction) => {
    const post = await Post.findByPk(id, { attributes: ['id', 'authorId', 'status', 'likeCount'], transaction });
    if (!mayRead(viewer, post)) return undefined;
    if (liked) {
      const give = 'INSERT OR IGNORE INTO likes (user_id, post_id, created_at) VALUES (?, ?, ?)';
      await execute(transaction, give, viewer, id, new Date());
    } else await execute(transaction, 'DELETE FROM likes WHERE user_id = ? AND post_id = ?', viewer, id);
    await post.reload({ transaction });
    return post.likeCount;
  });
}

export async function create(viewer, { content, category, excerpt, tags = [], ...input }) {
  const { html, text } = renderMarkdown(content);
  const names = normalizeTags(tags);
  const post = await write(async (transaction) => {
    const of = await Category.findOne({ where: { slug: category }, transaction });
    const row = {
      ...input,
      slug: slugOf(input.title),
      content,
      html,
      excerpt: excerpt ?? excerptOf(text),
      authorId: viewer,
      categoryId: of?.id,
      tags: JSON.stringify(names),
      publishedAt: input.status === 'published' ? new Date() : null,
    };
    const created = await Post.create(row, { transaction }).catch((error) => {
      if (!(error instanceof UniqueConstraintError)) throw error;
      return Post.create({ ...row, slug: slugBesides(row.slug) }, { transaction });
    });
    await addTagsAndIndex(created, names, text, transaction);
    return created;
  });
  return find(viewer, post.id);
}

async function addTagsAndIndex({ id, title }, tags, text, transaction) {
  const run = (sql, ...parameters) => execute(transaction, sql, ...parameters);
  const names = JSON.stringify(tags);
  await run('INSERT OR IGNORE INTO tags (name) SELECT value FROM json_each(?)', names);
  await run(
    `INSERT OR IGNORE INTO post_tags (tag_id, post_id)
     SELECT id, ? FROM tags WHERE name IN (SELECT value FROM json_each(?))`,
    id,
    names,
  );
  const tagText = tags.join(' ');
  await run('INSERT INTO post_search (rowid, title, text, tags) VALUES (?, ?, ?, ?)', id, title, text, tagText);
  await run('INSERT INTO post_pairs (rowid, pairs) VALUES (?, ?)', id, pairsOf(`${title} ${text} ${tagText}`));
}

export function countViews(counts) {
  return write(async (transaction) => {
    for (const [id, by] of counts) await Post.increment('viewCount', { by, where: { id }, transaction });
  });
}

import type { MigrationContext } from '../migrate.js';

/**
 * Posts and what belongs to them. Written in SQL, since half of it is what keeps the counts: triggers, in the same
 * transaction as the change they count, whichever statement or cascade makes it.
 */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  for (const statement of [...TABLES, ...INDEXES, ...COUNTERS, ...SEARCH, ...CATEGORIES]) {
    await schema.sequelize.query(statement, { transaction });
  }
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  const tables = [
    'post_search',
    'post_pairs',
    'uploads',
    'post_visits',
    'daily_views',
    'follows',
    'comments',
    'likes',
    'post_tags',
    'tags',
    'posts',
    'post_totals',
    'categories',
  ];
  for (const table of tables) await schema.sequelize.query(`DROP TABLE ${table}`, { transaction });
}

const TABLES = [
  `CREATE TABLE categories (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     slug VARCHAR(50) NOT NULL UNIQUE,
     name_en VARCHAR(50) NOT NULL,
     name_zh VARCHAR(50) NOT NULL UNIQUE,
     post_count INTEGER NOT NULL DEFAULT 0)`,
  `CREATE TABLE posts (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     slug VARCHAR(120) NOT NULL UNIQUE,
     title VARCHAR(100) NOT NULL,
     content TEXT NOT NULL,
     html TEXT NOT NULL,
     excerpt VARCHAR(200) NOT NULL,
     author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     category_id INTEGER NOT NULL REFERENCES categories (id),
     tags TEXT NOT NULL DEFAULT '[]',
     cover_image VARCHAR(500),
     status VARCHAR(16) NOT NULL DEFAULT 'draft',
     view_count INTEGER NOT NULL DEFAULT 0,
     like_count INTEGER NOT NULL DEFAULT 0,
     comment_count INTEGER NOT NULL DEFAULT 0,
     version INTEGER NOT NULL DEFAULT 1,
     published_at DATETIME,
     created_at DATETIME NOT NULL,
     updated_at DATETIME NOT NULL)`,
  `CREATE TABLE tags (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name VARCHAR(50) NOT NULL UNIQUE,
     post_count INTEGER NOT NULL DEFAULT 0)`,
  `CREATE TABLE post_tags (
     tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
     post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
     PRIMARY KEY (tag_id, post_id)) WITHOUT ROWID`,
  `CREATE TABLE likes (
     user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
     created_at DATETIME NOT NULL,
     PRIMARY KEY (user_id, post_id)) WITHOUT ROWID`,
  `CREATE TABLE comments (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
     parent_id INTEGER REFERENCES comments (id) ON DELETE CASCADE,
     author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     content TEXT NOT NULL,
     created_at DATETIME NOT NULL,
     updated_at DATETIME NOT NULL)`,
  `CREATE TABLE follows (
     follower_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     followee_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     created_at DATETIME NOT NULL,
     PRIMARY KEY (follower_id, followee_id)) WITHOUT ROWID`,
  `CREATE TABLE uploads (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     filename VARCHAR(80) NOT NULL UNIQUE,
     original_name VARCHAR(255) NOT NULL,
     size INTEGER NOT NULL,
     width INTEGER NOT NULL,
     height INTEGER NOT NULL,
     variants TEXT NOT NULL DEFAULT '[]',
     created_at DATETIME NOT NULL)`,
  // How many posts a list has, for the lists that people ask for most: counting a million rows takes too long.
  `CREATE TABLE post_totals (
     scope VARCHAR(40) NOT NULL PRIMARY KEY,
     total INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`,
  // Who has read what in the running hour, so that several processes count a visitor once. Without foreign keys: rows
  // live for an hour or two, and looking them up for each post that is deleted would take another index.
  `CREATE TABLE post_visits (
     hour INTEGER NOT NULL,
     post_id INTEGER NOT NULL,
     visitor VARCHAR(24) NOT NULL,
     PRIMARY KEY (hour, post_id, visitor)) WITHOUT ROWID`,
  `CREATE TABLE daily_views (
     day CHAR(10) NOT NULL PRIMARY KEY,
     views INTEGER NOT NULL) WITHOUT ROWID`,
];

/** One index for each order of the lists; `id` breaks ties, so that pages neither repeat nor skip a post. */
const INDEXES = [
  'CREATE INDEX posts_by_publication ON posts (status, published_at, id)',
  'CREATE INDEX posts_by_creation ON posts (status, created_at, id)',
  'CREATE INDEX posts_by_views ON posts (status, view_count, id)',
  'CREATE INDEX posts_by_likes ON posts (status, like_count, id)',
  'CREATE INDEX posts_by_title ON posts (status, title, id)',
  'CREATE INDEX posts_by_category ON posts (category_id, status, published_at, id)',
  'CREATE INDEX posts_by_author ON posts (author_id, status, published_at, id)',
  'CREATE INDEX post_tags_by_post ON post_tags (post_id)',
  'CREATE INDEX likes_by_post ON likes (post_id)',
  'CREATE INDEX likes_by_time ON likes (created_at)',
  // Every comment with its replies behind it.
  'CREATE INDEX comments_by_thread ON comments (post_id, coalesce(parent_id, id), id)',
  'CREATE INDEX comments_by_parent ON comments (parent_id)',
  'CREATE INDEX comments_by_author ON comments (author_id)',
  'CREATE INDEX follows_by_followee ON follows (followee_id)',
  'CREATE INDEX uploads_by_owner ON uploads (owner_id, id)',
  'CREATE INDEX tags_by_count ON tags (post_count DESC, name)',
];

const addTotal = (scope: string, amount: 1 | -1) =>
  `INSERT INTO post_totals (scope, total) VALUES (${scope}, ${amount})
     ON CONFLICT (scope) DO UPDATE SET total = total + ${amount};`;

/** Adds a published post to, or takes it from, everything that counts published posts. */
const count = (row: 'NEW' | 'OLD', amount: 1 | -1) => `
  ${addTotal(`'published'`, amount)}
  ${addTotal(`'author:' || ${row}.author_id`, amount)}
  UPDATE categories SET post_count = post_count + ${amount} WHERE id = ${row}.category_id;`;

const COUNTERS = [
  `CREATE TRIGGER post_added AFTER INSERT ON posts WHEN NEW.status = 'published' BEGIN ${count('NEW', 1)} END`,
  `CREATE TRIGGER post_removed AFTER DELETE ON posts WHEN OLD.status = 'published' BEGIN ${count('OLD', -1)} END`,
  `CREATE TRIGGER post_left AFTER UPDATE OF status, category_id ON posts WHEN OLD.status = 'published'
     BEGIN ${count('OLD', -1)} END`,
  `CREATE TRIGGER post_came AFTER UPDATE OF status, category_id ON posts WHEN NEW.status = 'published'
     BEGIN ${count('NEW', 1)} END`,
  `CREATE TRIGGER post_tags_recounted AFTER UPDATE OF status ON posts WHEN OLD.status <> NEW.status BEGIN
     UPDATE tags SET post_count = post_count + (NEW.status = 'published') - (OLD.status = 'published')
       WHERE id IN (SELECT tag_id FROM post_tags WHERE post_id = NEW.id); END`,
  // While the post is still there to tell whether it was counted: a cascade would come too late.
  `CREATE TRIGGER post_untagged BEFORE DELETE ON posts BEGIN DELETE FROM post_tags WHERE post_id = OLD.id; END`,
  `CREATE TRIGGER tag_given AFTER INSERT ON post_tags BEGIN
     UPDATE tags SET post_count = post_count + 1
       WHERE id = NEW.tag_id AND (SELECT status FROM posts WHERE id = NEW.post_id) = 'published'; END`,
  `CREATE TRIGGER tag_taken AFTER DELETE ON post_tags BEGIN
     UPDATE tags SET post_count = post_count - 1
       WHERE id = OLD.tag_id AND (SELECT status FROM posts WHERE id = OLD.post_id) = 'published'; END`,
  `CREATE TRIGGER like_given AFTER INSERT ON likes BEGIN
     UPDATE posts SET like_count = like_count + 1 WHERE id = NEW.post_id; END`,
  `CREATE TRIGGER like_taken AFTER DELETE ON likes BEGIN
     UPDATE posts SET like_count = like_count - 1 WHERE id = OLD.post_id; END`,
  `CREATE TRIGGER comment_added AFTER INSERT ON comments BEGIN
     UPDATE posts SET comment_count = comment_count + 1 WHERE id = NEW.post_id; END`,
  `CREATE TRIGGER comment_removed AFTER DELETE ON comments BEGIN
     UPDATE posts SET comment_count = comment_count - 1 WHERE id = OLD.post_id; END`,
];

/** Any three characters find a post; shorter Chinese words are found by their pairs of characters. */
const SEARCH = [
  `CREATE VIRTUAL TABLE post_search USING fts5(title, text, tags, tokenize = 'trigram')`,
  `CREATE VIRTUAL TABLE post_pairs USING fts5(pairs, content = '', contentless_delete = 1, detail = none)`,
  `CREATE TRIGGER post_unsearched AFTER DELETE ON posts BEGIN
     DELETE FROM post_search WHERE rowid = OLD.id;
     DELETE FROM post_pairs WHERE rowid = OLD.id; END`,
];

const CATEGORIES = [
  `INSERT INTO categories (slug, name_en, name_zh) VALUES
     ('tech', 'Technology', '技术'), ('life', 'Life', '生活'),
     ('thoughts', 'Thoughts', '思考'), ('tutorials', 'Tutorials', '教程')`,
];

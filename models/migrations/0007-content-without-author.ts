import type { MigrationContext } from '../migrate.js';

/**
 * Content outlives the account that made it: a post and a comment may have no author, a picture no owner.
 *
 * None of this touches a row, so the declarations are edited in place instead of copying a million posts into new
 * tables: https://www.sqlite.org/lang_altertable.html section 7, "removing FOREIGN KEY or NOT NULL constraints".
 */
export async function up(context: MigrationContext): Promise<void> {
  await edit(context, EDITS);
  await run(context, [REASSIGNED, ...OPEN_SEARCH]);
}

/** The earlier schema has no place for content without an author: it goes, as it did with the account. */
export async function down(context: MigrationContext): Promise<void> {
  await run(context, [
    'DELETE FROM posts WHERE author_id IS NULL',
    'DELETE FROM comments WHERE author_id IS NULL',
    'DELETE FROM uploads WHERE owner_id IS NULL',
    'DROP TRIGGER post_reassigned',
  ]);
  await edit(
    context,
    EDITS.map(({ name, from, to }) => ({ name, from: to, to: from })),
  );
}

/** Of a table or a trigger. */
interface Edit {
  name: string;
  from: string;
  to: string;
}

const author = (name: string): Edit => ({
  name,
  from: 'author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE',
  to: 'author_id INTEGER REFERENCES users (id) ON DELETE SET NULL',
});
/** No account has the number 0: posts without an author are counted there. */
const counted = (name: string, row: 'NEW' | 'OLD'): Edit => ({
  name,
  from: `|| ${row}.author_id`,
  to: `|| coalesce(${row}.author_id, 0)`,
});
const EDITS: readonly Edit[] = [
  author('posts'),
  author('comments'),
  // The pictures of an account go with it, except those that have been given up before because a post shows them.
  {
    name: 'uploads',
    from: 'owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE',
    to: 'owner_id INTEGER REFERENCES users (id) ON DELETE CASCADE',
  },
  counted('post_added', 'NEW'),
  counted('post_removed', 'OLD'),
  counted('post_left', 'OLD'),
  counted('post_came', 'NEW'),
];

const addTotal = (row: 'NEW' | 'OLD', amount: 1 | -1) =>
  `INSERT INTO post_totals (scope, total) VALUES ('author:' || coalesce(${row}.author_id, 0), ${amount})
     ON CONFLICT (scope) DO UPDATE SET total = total + ${amount};`;
const REASSIGNED = `CREATE TRIGGER post_reassigned AFTER UPDATE OF author_id ON posts WHEN OLD.status = 'published' BEGIN
  ${addTotal('OLD', -1)} ${addTotal('NEW', 1)} END`;

/**
 * Reading the declarations again closes the search tables. Where they are closed while another connection changes the
 * schema, SQLite 3.52 opens them half-way through preparing the next DELETE of a post, and says "no such table: posts".
 */
const OPEN_SEARCH = ['SELECT rowid FROM post_search LIMIT 0', 'SELECT rowid FROM post_pairs LIMIT 0'];

async function run({ schema, transaction }: MigrationContext, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await schema.sequelize.query(statement, { transaction });
}

/** RESET makes this connection read the declarations again, and the trigger made or dropped beside it all the others. */
async function edit(context: MigrationContext, edits: readonly Edit[]): Promise<void> {
  const { schema, transaction } = context;
  await run(context, ['PRAGMA writable_schema = ON']);
  try {
    for (const { name, from, to } of edits) {
      const sql = `UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ? AND instr(sql, ?) RETURNING name`;
      const [edited] = await schema.sequelize.query(sql, { replacements: [from, to, name, from], transaction });
      if (edited.length !== 1) throw new Error(`${name} is not as an earlier migration has made it`);
    }
  } finally {
    await run(context, ['PRAGMA writable_schema = RESET']);
  }
}

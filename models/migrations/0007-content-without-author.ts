import type { MigrationContext } from '../migrate.js';

/**
 * Content outlives the account that made it: a post and a comment may have no author, a picture no owner.
 *
 * None of this touches a row, so the declarations are edited in place instead of copying a million posts into new
 * tables: https://www.sqlite.org/lang_altertable.html section 7, "removing FOREIGN KEY or NOT NULL constraints".
 */
export async function up(context: MigrationContext): Promise<void> {
  await edit(context, EDITS);
  await run(context, [
    ...TRIGGERS.map(({ name }) => `DROP TRIGGER ${name}`),
    ...TRIGGERS.map(({ sql }) => sql),
    REASSIGNED,
  ]);
}

/** The earlier schema has no place for content without an author: it goes, as it did with the account. */
export async function down(context: MigrationContext): Promise<void> {
  await run(context, [
    'DELETE FROM posts WHERE author_id IS NULL',
    'DELETE FROM comments WHERE author_id IS NULL',
    'DELETE FROM uploads WHERE owner_id IS NULL',
    'DROP TRIGGER post_reassigned', // the other triggers work for the earlier schema as well
  ]);
  await edit(
    context,
    EDITS.map(({ table, from, to }) => ({ table, from: to, to: from })),
  );
}

interface Edit {
  table: string;
  from: string;
  to: string;
}

const author = (table: string): Edit => ({
  table,
  from: 'author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE',
  to: 'author_id INTEGER REFERENCES users (id) ON DELETE SET NULL',
});
const EDITS: readonly Edit[] = [
  author('posts'),
  author('comments'),
  // The pictures of an account go with it, except those that have been given up before because a post shows them.
  {
    table: 'uploads',
    from: 'owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE',
    to: 'owner_id INTEGER REFERENCES users (id) ON DELETE CASCADE',
  },
];

const addTotal = (scope: string, amount: 1 | -1) =>
  `INSERT INTO post_totals (scope, total) SELECT ${scope}, ${amount} WHERE ${scope} IS NOT NULL
     ON CONFLICT (scope) DO UPDATE SET total = total + ${amount};`;

/** As in 0003, for posts that may have no author. */
const count = (row: 'NEW' | 'OLD', amount: 1 | -1) => `
  ${addTotal(`'published'`, amount)}
  ${addTotal(`'author:' || ${row}.author_id`, amount)}
  UPDATE categories SET post_count = post_count + ${amount} WHERE id = ${row}.category_id;`;

const trigger = (name: string, event: string, row: 'NEW' | 'OLD', amount: 1 | -1) => ({
  name,
  sql: `CREATE TRIGGER ${name} AFTER ${event} ON posts WHEN ${row}.status = 'published' BEGIN ${count(row, amount)} END`,
});
const TRIGGERS = [
  trigger('post_added', 'INSERT', 'NEW', 1),
  trigger('post_removed', 'DELETE', 'OLD', -1),
  trigger('post_left', 'UPDATE OF status, category_id', 'OLD', -1),
  trigger('post_came', 'UPDATE OF status, category_id', 'NEW', 1),
];
const REASSIGNED = `CREATE TRIGGER post_reassigned AFTER UPDATE OF author_id ON posts WHEN OLD.status = 'published' BEGIN
  ${addTotal(`'author:' || OLD.author_id`, -1)}
  ${addTotal(`'author:' || NEW.author_id`, 1)} END`;

async function run({ schema, transaction }: MigrationContext, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await schema.sequelize.query(statement, { transaction });
}

/** Other connections read the schema again because the triggers that are made or dropped beside this change its version. */
async function edit(context: MigrationContext, edits: readonly Edit[]): Promise<void> {
  const { schema, transaction } = context;
  await run(context, ['PRAGMA writable_schema = ON']);
  try {
    for (const { table, from, to } of edits) {
      const sql = `UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?)
        RETURNING name`;
      const [edited] = await schema.sequelize.query(sql, { replacements: [from, to, table, from], transaction });
      if (edited.length !== 1) throw new Error(`the table ${table} is not as an earlier migration has made it`);
    }
  } finally {
    await run(context, ['PRAGMA writable_schema = RESET']);
  }
}

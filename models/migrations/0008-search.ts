import { QueryTypes, type Transaction } from 'sequelize';
import type { MigrationContext } from '../migrate.js';

const PAIRS = "CREATE VIRTUAL TABLE post_pairs USING fts5(pairs, content = '', contentless_delete = 1, detail = none)";
/** Posts in one statement. */
const BATCH = 1_000;
const NEXT = 'SELECT rowid AS id, title, text, tags FROM post_search WHERE rowid > $1 ORDER BY rowid LIMIT $2';
const INSERT = 'INSERT INTO post_pairs (rowid, pairs) SELECT value ->> 0, value ->> 1 FROM json_each($1)';

/**
 * Keeps a search from reading rows of posts to filter its hits: their columns lie behind whole texts. And indexes
 * single Chinese characters: as the beginnings of pairs they took a merge of all pairs that begin with them.
 */
export async function up({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.sequelize.query('CREATE INDEX posts_for_search ON posts (id, status, category_id, author_id)', {
    transaction,
  });
  await indexPairs(schema, transaction, tokensOf);
}

export async function down({ schema, transaction }: MigrationContext): Promise<void> {
  await schema.sequelize.query('DROP INDEX posts_for_search', { transaction });
  await indexPairs(schema, transaction, (text) => tokensOf(text).filter((token) => !isSingle(token)));
}

/** Half a minute for a million posts, most of it in FTS5: what it gathers in memory it writes as one part. */
async function indexPairs(
  { sequelize }: MigrationContext['schema'],
  transaction: Transaction,
  tokens: (text: string) => string[],
): Promise<void> {
  const run = (sql: string, ...bind: unknown[]) => sequelize.query(sql, { bind, transaction });
  await run('DROP TABLE post_pairs');
  await run(PAIRS);
  const configure = (option: string, value: number) =>
    run('INSERT INTO post_pairs (post_pairs, rank) VALUES ($1, $2)', option, value);
  await configure('hashsize', 16 * 1024 * 1024);
  await configure('automerge', 0);
  await configure('crisismerge', 1_000);

  for (let after = 0; ;) {
    const posts = await sequelize.query<{ id: number; title: string; text: string; tags: string }>(NEXT, {
      bind: [after, BATCH],
      type: QueryTypes.SELECT,
      transaction,
    });
    const last = posts.at(-1);
    if (!last) break;
    const rows = posts.map(({ id, title, text, tags }) => [id, tokens(`${title} ${text} ${tags}`).join(' ')]);
    await run(INSERT, JSON.stringify(rows));
    after = last.id;
  }

  await run("INSERT INTO post_pairs (post_pairs) VALUES ('optimize')");
  await configure('hashsize', 1024 * 1024);
  await configure('automerge', 4);
  await configure('crisismerge', 16);
}

const HAN = /\p{Script=Han}/u;
const isSingle = (token: string) => HAN.test(token) && Array.from(token).length === 1;

/** Chinese characters alone and with their neighbor, and other words of one or two characters. */
function tokensOf(text: string): string[] {
  const tokens = new Set<string>();
  for (const [run] of text.toLowerCase().matchAll(/\p{Script=Han}+|[\p{L}\p{N}]+/gu)) {
    const characters = Array.from(run);
    if (HAN.test(run)) {
      characters.forEach((character, index) => {
        tokens.add(character);
        if (characters[index + 1] !== undefined) tokens.add(character + characters[index + 1]);
      });
    } else if (characters.length < 3) tokens.add(run);
  }
  return [...tokens];
}

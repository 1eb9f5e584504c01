import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../models/index.js';
import { runToEnd } from '../support/server-process.js';
import { stageAdmin, stageDir, stageMember, stageServer } from '../support/stage.js';

const POSTS = 10_000;
/** The longest that a write of another account may take, however much the deleted account has made. */
const MAX_WAIT_MS = 800;

describe(`deleting an account with ${POSTS} posts and as many comments and likes`, () => {
  it.each(['keep', 'delete'])(`lets others write within ${MAX_WAIT_MS} ms, content=%s`, async (choice) => {
    const dataDir = stageDir();
    const seeded = await runToEnd(['dist/bin/allium.js', 'seed', '--posts', String(POSTS + 1_000)], {
      DATA_DIR: dataDir,
    });
    expect(seeded.code, seeded.output).toBe(0);
    const server = await stageServer({ DATA_DIR: dataDir, WRITE_LIMIT_PER_MINUTE: '100000' });
    const admin = await stageAdmin(server);
    const [author, other] = [await stageMember(server.url, 'author'), await stageMember(server.url, 'other')];
    await giveContent(join(dataDir, 'allium.sqlite'), author.id);
    const path = `/api/users/${author.id}`;
    expect((await admin.get(`${path}/content`)).json()).toEqual({
      content: { posts: POSTS, comments: POSTS, pictures: 0 },
    });

    const startedAt = performance.now();
    const removing = new AbortController();
    const removal = admin.delete(`${path}?content=${choice}`).finally(() => removing.abort());
    const waits: number[] = [];
    while (!removing.signal.aborted) {
      const sentAt = performance.now();
      const answer = await other.patch(`/api/users/${other.id}`, { name: `Name ${waits.length}` });
      expect(answer.status, answer.text).toBe(200);
      waits.push(performance.now() - sentAt);
    }

    expect((await removal).status).toBe(204);
    process.stderr.write(
      `content=${choice}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, ${waits.length} writes beside it, ` +
        `the slowest after ${Math.max(...waits).toFixed(0)} ms\n`,
    );
    expect(Math.max(...waits)).toBeLessThan(MAX_WAIT_MS);
    expect((await admin.get(path)).status).toBe(404);
    const { pagination } = (await admin.get('/api/posts')).json<{ pagination: { total: number } }>();
    expect(pagination.total > POSTS).toBe(choice === 'keep');
  });
});

/** Makes one account the author of the first posts and of a comment on each, and lets it like each. */
async function giveContent(file: string, id: number): Promise<void> {
  const { models, close } = openDatabase(file);
  const now = new Date();
  await models.write(async (transaction) => {
    const run = (sql: string, ...parameters: (number | Date)[]) => transaction.execute(sql, ...parameters);
    await run(`UPDATE posts SET author_id = ?, status = 'published' WHERE id <= ?`, id, POSTS);
    await run('DELETE FROM likes WHERE user_id = ?', id);
    await run(
      'INSERT INTO likes (user_id, post_id, created_at) SELECT ?, id, ? FROM posts WHERE id <= ?',
      id,
      now,
      POSTS,
    );
    await run(
      `INSERT INTO comments (post_id, author_id, content, created_at, updated_at)
         SELECT id, ?, 'Well said', ?, ? FROM posts WHERE id > 1000 AND id <= 1000 + ?`,
      id,
      now,
      now,
      POSTS,
    );
  });
  await close();
}

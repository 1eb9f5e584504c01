import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { program } from '../support/client.js';
import { readPost, writePost } from '../support/posts.js';
import { stageDir, stageServer } from '../support/stage.js';
import { stageProgram } from '../support/workers.js';

it('servers that know one database by different paths see each other’s writes at once', async () => {
  const dir = stageDir();
  symlinkSync('allium.sqlite', join(dir, 'link.sqlite'));
  const linked = await stageServer({ DATA_DIR: dir, DATABASE_URL: `sqlite:${join(dir, 'link.sqlite')}` });
  const direct = await stageServer({ DATA_DIR: dir });
  const urls = [linked.url, direct.url];
  const [author] = await stageProgram(urls, 'author');
  if (!author) throw new Error('no client');
  const { id } = await writePost(author);

  for (const title of ['First', 'Second', 'Third']) {
    await author.patch(`/api/posts/${id}`, { title });
    for (const url of urls) expect(await readPost(program(url), id)).toMatchObject({ title });
  }
  expect(readdirSync(dir).filter((name) => name.endsWith('-versions'))).toEqual(['allium.sqlite-versions']);
});

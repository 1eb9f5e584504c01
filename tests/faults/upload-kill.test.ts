import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Client } from '../support/client.js';
import { childrenOf } from '../support/children.js';
import { formOf, noise } from '../support/images.js';
import { stageDir, stageMember, stageServer } from '../support/stage.js';
import { startTestApp, type TestApp } from '../support/start-test-app.js';
import { until } from '../support/until.js';

const UPLOADERS = 4;
const KILLS = 8;

interface Image {
  filename: string;
}

describe('a server that is killed while pictures are uploaded', () => {
  it('has no row without its files, and after sweeping no file without its row', { timeout: 300_000 }, async () => {
    const dataDir = stageDir();
    const pictures = await Promise.all([50, 200, 600].map((side) => noise(side, side).png().toBuffer()));
    const acknowledged: string[] = [];
    let strays = 0;

    for (let kill = 0; kill < KILLS; kill += 1) {
      const server = await stageServer({ DATA_DIR: dataDir });
      const member = await stageMember(server.url, `member${kill}`);
      const before = acknowledged.length;
      const uploading = Array.from({ length: UPLOADERS }, () => uploadUntilGone(member, pictures, acknowledged));
      await until('an upload', () => acknowledged.length > before, { withinMs: 30_000 });
      await wait(40 * kill); // each time at another moment of some upload's way
      await server.stop('SIGKILL');
      await Promise.all(uploading);

      const app = await startTestApp({ DATA_DIR: dataDir });
      const rows = await storedPictures(app);
      const files = filesIn(dataDir);
      expect(rows.filter((name) => !files.includes(name))).toEqual([]);
      expect(acknowledged.filter((name) => !rows.includes(name))).toEqual([]);

      expect(await app.services.mediaSweeper.sweep()).toEqual({ rows: 0, files: 0, folders: 0 }); // all of it is too young
      const swept = await app.services.mediaSweeper.sweep(0);
      strays += swept.files + swept.folders;
      expect(swept.rows).toBe(0);
      expect(filesIn(dataDir)).toEqual((await storedPictures(app)).toSorted());
      expect(await storedPictures(app)).toEqual(rows);
      expect(readdirSync(join(dataDir, 'uploads/.incoming'))).toEqual([]);
      await app.stop();
    }
    process.stderr.write(`${KILLS} kills: ${acknowledged.length} uploads acknowledged, ${strays} strays swept\n`);
    expect(strays).toBeGreaterThan(0); // else no upload was in flight when it was killed
  });
});

describe('a process for pictures that is killed', () => {
  it('fails the upload it was processing and stores nothing of it, and fails no other', async () => {
    const dataDir = stageDir();
    const server = await stageServer({ DATA_DIR: dataDir });
    const member = await stageMember(server.url, 'ada');
    const large = await noise(1_200, 1_200).png().toBuffer();
    const failing = member.post('/api/upload/single', formOf('image', large));
    const [child = 0] = await until('the process', () => {
      const children = childrenOf(server.pid);
      return children.length > 0 && children;
    });
    process.kill(child, 'SIGKILL');

    const answer = await failing;
    expect(answer.status, answer.text).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'unavailable' });
    expect(filesIn(dataDir)).toEqual([]);
    expect(readdirSync(join(dataDir, 'uploads/.incoming'))).toEqual([]);
    await upload(member, large);
    expect(filesIn(dataDir)).toHaveLength(3);
  });

  it('ends with the server', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    await upload(await stageMember(server.url, 'ada'), await noise(50, 50).png().toBuffer());
    const [child = 0] = childrenOf(server.pid);
    expect(child).toBeGreaterThan(0);

    await server.stop('SIGKILL');
    await until('its end', () => !isRunning(child));
  });
});

describe('the sweeper', () => {
  it('removes rows whose picture is lost, with what is left of its files', async () => {
    const app = await startTestApp();
    const member = await app.member('ada');
    const picture = await noise(50, 50).png().toBuffer();
    const [lost, stored] = [await upload(member, picture), await upload(member, picture)];
    await app.services.mediaStorage.remove(lost);

    expect(await app.services.mediaSweeper.sweep(0)).toEqual({ rows: 1, files: 2, folders: 0 });
    expect(await storedPictures(app)).toContain(stored);
    expect(filesIn(app.dataDir)).toEqual((await storedPictures(app)).toSorted());
    await app.stop();
  });

  it('removes no row while there is no file at all: the disk may not be mounted', async () => {
    const app = await startTestApp();
    await upload(await app.member('ada'), await noise(50, 50).png().toBuffer());
    for (const name of filesIn(app.dataDir)) await app.services.mediaStorage.remove(name);

    expect(await app.services.mediaSweeper.sweep(0)).toEqual({ rows: 0, files: 0, folders: 0 });
    expect(await storedPictures(app)).toHaveLength(3);
    await app.stop();
  });

  it('has nothing to remove after an account is deleted: its pictures went with it', async () => {
    const app = await startTestApp();
    const member = await app.member('ada');
    await upload(member, await noise(50, 50).png().toBuffer());
    expect((await (await app.admin()).delete(`/api/users/${member.id}`)).status).toBe(204);

    expect(await app.services.mediaSweeper.sweep(0)).toEqual({ rows: 0, files: 0, folders: 0 });
    expect(filesIn(app.dataDir)).toEqual([]);
    await app.stop();
  });
});

/** Uploads one picture after the other until the server does not answer any more. */
async function uploadUntilGone(member: Client, pictures: Buffer[], acknowledged: string[]): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const picture = pictures[turn % pictures.length] ?? Buffer.alloc(0);
    const filename = await upload(member, picture).catch(() => undefined);
    if (filename === undefined) return;
    acknowledged.push(filename);
  }
}

async function upload(member: Client, picture: Buffer): Promise<string> {
  const answer = await member.post('/api/upload/single', formOf('image', picture));
  expect(answer.status, answer.text).toBe(201);
  return answer.json<{ file: Image }>().file.filename;
}

/** The names that the rows give files. */
async function storedPictures({ database }: TestApp): Promise<string[]> {
  const rows = await database.engine.read<{ filename: string; variants: string }>(
    'SELECT filename, variants FROM uploads',
  );
  return rows.flatMap(({ filename, variants }) => [
    filename,
    ...(JSON.parse(variants) as Image[]).map((variant) => variant.filename),
  ]);
}

function filesIn(dataDir: string): string[] {
  return readdirSync(join(dataDir, 'uploads'))
    .filter((name) => name !== '.incoming')
    .toSorted();
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

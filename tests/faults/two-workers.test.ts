import { describe, expect, it } from 'vitest';
import { program, type Client } from '../support/client.js';
import { formOf, plain } from '../support/images.js';
import { readPost, writePost } from '../support/posts.js';
import { describeWith } from '../support/requires.js';
import { stageServer, type STORES } from '../support/stage.js';
import { stageProgram, stageWorkers } from '../support/workers.js';

const PEOPLE = 50;
const EDITS = 20;
const VISITORS = 40;

describe('two workers with SQLite alone', () => {
  suite('SQLite');
});
describeWith('redis-server', 'two workers with Redis', () => {
  suite('Redis');
});

function suite(store: (typeof STORES)[number]): void {
  it(`count the likes of ${PEOPLE} people at the same instant as ${PEOPLE}, and ${PEOPLE} of one person as one`, async () => {
    const { urls } = await stage();
    const author = await stageProgram(urls, 'author');
    const people = await inTurn(PEOPLE, async (index) => pick(await stageProgram(urls, `person${index}`), index));
    const post = await writePost(pick(author, 0));
    const path = `/api/posts/${post.id}/like`;

    const own = await Promise.all(people.map((_, index) => pick(author, index).post(path)));
    expect(statusesOf(own)).toEqual([200]);
    expect(own.map((answer) => answer.json()['likeCount'])).toEqual(own.map(() => 1));
    for (const url of urls) expect((await readPost(program(url), post.id)).likeCount).toBe(1);
    await pick(author, 1).delete(path);

    const given = await Promise.all(people.map((person) => person.post(path)));
    expect(statusesOf(given)).toEqual([200]);
    expect(new Set(given.map((answer) => answer.json()['likeCount'])).size).toBe(PEOPLE); // each response has another count
    for (const url of urls) expect((await readPost(program(url), post.id)).likeCount).toBe(PEOPLE);
  });

  it.each([
    ['If-Match', 412],
    ['version', 409],
  ] as const)(
    `let one of two win who save the same version at the same instant, and tell the other, by %s`,
    async (by, refusal) => {
      const { urls } = await stage();
      const editors = await stageProgram(urls, 'author');
      const { id } = await writePost(pick(editors, 0));

      for (let edit = 0; edit < EDITS; edit += 1) {
        const { version } = await readPost(pick(editors, edit), id);
        const titles = [`Edit ${edit} here`, `Edit ${edit} there`];
        const answers = await Promise.all(
          titles.map((title, index) => {
            const seen = by === 'version' ? { version } : {};
            const headers = by === 'If-Match' ? { 'If-Match': `"${version}"` } : {};
            return pick(editors, index).patch(`/api/posts/${id}`, { title, ...seen }, headers);
          }),
        );

        const winner = answers.findIndex(({ status }) => status === 200);
        expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, refusal]);
        expect(answers[1 - winner]?.json()).toMatchObject({ code: 'version_conflict' });
        for (const editor of editors) {
          expect(await readPost(editor, id)).toMatchObject({ title: titles[winner], version: version + 1 });
        }
      }
    },
  );

  it('let each other write, however much one of them has to', async () => {
    const { urls } = await stage();
    const author = await stageProgram(urls, 'author');
    const { id } = await writePost(pick(author, 0));
    const enough = new AbortController();
    const busy = Array.from({ length: 40 }, async () => {
      while (!enough.signal.aborted) await writePost(pick(author, 0));
    });

    const waitsMs: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const began = performance.now();
      const answer = await pick(author, 1).post(`/api/posts/${id}/like`);
      expect(answer.status, answer.text).toBe(200);
      waitsMs.push(performance.now() - began);
    }
    enough.abort();
    await Promise.all(busy);

    const [least = 0, median = 0, most = 0] = [0, 10, 19].map((place) => waitsMs.toSorted((a, b) => a - b)[place]);
    process.stderr.write(
      `beside a worker that writes all the time: ${[least, median, most].map(Math.round).join(', ')} ms\n`,
    );
    expect(median).toBeLessThan(400);
  });

  it('lose no view at an orderly stop, and count a reader of both once', async () => {
    const { urls, workers, env } = await stage();
    const author = await stageProgram(urls, 'author');
    const { id } = await writePost(pick(author, 0));
    const visitor = (index: number, url: string) => program(url, { 'User-Agent': `Browser ${index}` });

    const reads = urls.flatMap((url) =>
      Array.from({ length: VISITORS }, (_, index) => visitor(index, url).get(`/api/posts/${id}`)),
    );
    expect(statusesOf(await Promise.all(reads))).toEqual([200]);
    const ends = await Promise.all(workers.map((worker) => worker.stop('SIGTERM')));

    expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
    const again = await stageServer(env);
    expect((await readPost(program(again.url), id)).viewCount).toBe(VISITORS); // its own is not counted yet
  });

  it('serve each other’s uploads, as long as they are there', async () => {
    const { urls } = await stage();
    const owner = await stageProgram(urls, 'owner');
    const image = await plain(800, 400).png().toBuffer();

    for (const [here, there] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const answer = await pick(owner, here).post('/api/upload/single', formOf('image', image));
      expect(answer.status, answer.text).toBe(201);
      const { file } = answer.json<{ file: { id: number; url: string; variants: { url: string }[] } }>();
      const addresses = [file.url, ...file.variants.map(({ url }) => url)];
      expect(addresses.length).toBeGreaterThan(1);
      for (const address of addresses) {
        const [mine, theirs] = [await bytesAt(urls[here], address), await bytesAt(urls[there], address)];
        expect(theirs).toMatchObject({ status: 200, type: expect.stringMatching(/^image\//) });
        expect(theirs.bytes.equals(mine.bytes)).toBe(true);
      }

      expect((await pick(owner, there).delete(`/api/upload/${file.id}`)).status).toBe(204);
      for (const url of urls) for (const address of addresses) expect((await bytesAt(url, address)).status).toBe(404);
    }
  });

  async function stage() {
    const { workers, env } = await stageWorkers(store);
    return { workers, env, urls: [workers[0].url, workers[1].url] as const };
  }
}

/** What the client is at one of the workers, which take turns. */
function pick(clients: readonly Client[], turn: number): Client {
  const client = clients[turn % clients.length];
  if (!client) throw new Error('no client');
  return client;
}

async function inTurn<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}

const statusesOf = (answers: { status: number }[]) => [...new Set(answers.map(({ status }) => status))];

async function bytesAt(url: string, address: string) {
  const response = await fetch(new URL(address, url));
  return {
    status: response.status,
    type: response.headers.get('Content-Type'),
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

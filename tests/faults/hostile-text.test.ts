import { describe, expect, it } from 'vitest';
import { residentMb } from '../support/children.js';
import type { Client } from '../support/client.js';
import { outcomes, percentile, startLoad } from '../support/load.js';
import { writePost } from '../support/posts.js';
import { stageAdmin, stageDir, stageServer } from '../support/stage.js';

const MAX_GROWTH_MB = 150;
/** One text of 50,000 characters takes a quarter of a second to read where nothing else runs. */
const MAX_ANSWER_MS = 3_000;
const LENGTH = 50_000;
const filled = (unit: string, length = LENGTH) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
const referring = (definition: string, reference: string) =>
  `${definition}\n\n${filled(reference, LENGTH - definition.length - 2)}`;

/** Texts whose rendering is far longer, or that take far longer to parse. */
const HOSTILE = [
  `[a]: ${'x'.repeat(20_000)}\n\n${'[a]'.repeat(9_990)}`,
  referring(`[a]: ${'é'.repeat(5_000)}`, '![a]'),
  referring(`[a]: b '${'"'.repeat(20_000)}'`, '[a]'),
  `a|b|c|d\n-|-|-|-\n${filled('|\n', 40_000)}`,
  `-*${filled('```\n-|\n> >', LENGTH - 10)}`,
  filled('-|\n> ---\n'),
];

async function stage() {
  const server = await stageServer({ DATA_DIR: stageDir() });
  return { server, author: await stageAdmin(server) };
}

describe('text that becomes far longer when it is rendered', () => {
  it('is refused within the time and memory of any other, and stores nothing', async () => {
    const { server, author } = await stage();
    const { id } = await writePost(author);
    const before = residentMb(server.pid);
    const reading = startLoad(server.url, { path: '/api/posts', keepAlive: true, connections: 2, pauseMs: 2 });

    let slowest = 0;
    for (const content of HOSTILE) {
      const startedAt = performance.now();
      const made = await author.post('/api/posts', { title: 'Long', content, category: 'tech' });
      const changed = await author.patch(`/api/posts/${id}`, { content });
      slowest = Math.max(slowest, performance.now() - startedAt);
      for (const answer of [made, changed]) {
        expect(answer.status, answer.text.slice(0, 200)).toBe(400);
        expect(answer.json()).toMatchObject({ code: 'validation_failed', details: [{ path: 'content' }] });
      }
    }

    const reads = await reading.stop();
    process.stderr.write(
      `${2 * HOSTILE.length} texts of 50 KB refused, the slowest pair in ${slowest.toFixed(0)} ms; ` +
        `p99 of a list meanwhile ${percentile(reads, 0.99).toFixed(0)} ms; ` +
        `${residentMb(server.pid) - before} MB more memory\n`,
    );
    expect(slowest).toBeLessThan(2 * MAX_ANSWER_MS);
    expect(residentMb(server.pid) - before).toBeLessThan(MAX_GROWTH_MB);
    expect(outcomes(reads)).toEqual({ 200: reads.length });
    const { pagination } = (await author.get('/api/posts?status=draft')).json<{ pagination: { total: number } }>();
    expect(pagination.total).toBe(0);
  });

  it('is bounded in comments, excerpts and highlights', async () => {
    const { author } = await stage();
    const quotes = filled('"a" ');
    const { id, excerpt } = await excerptOf(author, quotes);
    expect(excerpt.length).toBeLessThanOrEqual(200);

    const comment = await author.post(`/api/posts/${id}/comments`, { content: '[a]: b\n'.repeat(280) });
    expect(comment.json()).toMatchObject({ comment: { content: '[a]: b\n'.repeat(280).trim() } });
    const found = await author.get('/api/posts?search=a'); // every second character is a hit
    const { posts } = found.json<{ posts: { highlight: string }[] }>();
    expect(posts).toHaveLength(1);
    expect(posts[0]?.highlight.length).toBeLessThanOrEqual(20 * 160);
  });
});

async function excerptOf(author: Client, content: string): Promise<{ id: number; excerpt: string }> {
  const { id } = await writePost(author, { content });
  const { post } = (await author.get(`/api/posts/${id}`)).json<{ post: { id: number; excerpt: string } }>();
  return post;
}

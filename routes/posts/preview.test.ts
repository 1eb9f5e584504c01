import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let ada: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  ada = await app.member('ada');
});
afterAll(() => app.stop());

const htmlIn = (answer: { json: <T>() => T }) => answer.json<{ html: string }>().html;

describe('a preview', () => {
  it('is what a post shows, whatever the text is', async () => {
    const content = '## Über Zwiebeln\n\n<b>x</b> [y](javascript:0)\n\n```ts\nconst a = 1;\n```\n\n![](/uploads/a.png)';
    const preview = await ada.post('/api/posts/preview', { content });

    expect(preview.status, preview.text).toBe(200);
    const { id } = await writePost(ada, { content });
    const { post } = (await ada.get(`/api/posts/${id}`)).json<{ post: { html: string } }>();
    expect(htmlIn(preview)).toBe(post.html);
    expect(post.html).toContain('hljs-keyword');
    expect(post.html).not.toMatch(/<b>|href="javascript|style=/);
  });

  it('is for those who are signed in, of a text that a post may have', async () => {
    expect((await app.program().post('/api/posts/preview', { content: 'x' })).status).toBe(401);
    for (const body of [{}, { content: '' }, { content: 'x'.repeat(50_001) }, { content: 'x', title: 'y' }]) {
      expect((await ada.post('/api/posts/preview', body)).status).toBe(400);
    }
    const tooLarge = await ada.post('/api/posts/preview', {
      content: `[a]: ${'x'.repeat(20_000)}\n\n${'[a]'.repeat(5_000)}`,
    });
    expect(tooLarge.json()).toMatchObject({ code: 'validation_failed', details: [{ path: 'content' }] });
  });

  it('is refused to one who has made the server render for six seconds within a minute, and to no other', async () => {
    const eve = await app.member('eve');
    const content = '```csharp\n'.concat('a\n'.repeat(2_400), '```\n', '[x](<y '.repeat(1_000));
    const began = performance.now();
    let answer = await eve.post('/api/posts/preview', { content });
    let sent = 1;
    for (; answer.status === 200 && sent < 5_000; sent += 1) answer = await eve.post('/api/posts/preview', { content });

    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(performance.now() - began).toBeGreaterThan(5_000);
    expect((await ada.post('/api/posts/preview', { content: 'x' })).status).toBe(200);
    expect((await eve.get('/api/auth/me')).status).toBe(200);
  });
});

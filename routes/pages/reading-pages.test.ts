import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import type { PageState } from './page-state.js';

let app: TestApp;
let admin: Client;
let ada: Client;
let bob: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  ada = await app.member('ada');
  bob = await app.member('bob');
});
afterAll(() => app.stop());

interface Shown {
  status: number;
  text: string;
  /** What people see, without the tags. */
  body: string;
  boot: PageState;
  title: string;
  meta: Record<string, string>;
  canonical: string | undefined;
  linkedData: Record<string, unknown> | undefined;
}

async function open(client: Client, path: string, headers: Record<string, string> = {}): Promise<Shown> {
  const { status, text } = await client.get(path, { Accept: 'text/html', ...headers });
  const [, json = '{}'] = /<script[^>]*id="boot"[^>]*>(.*?)<\/script>/s.exec(text) ?? [];
  const [, linked] = /<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/s.exec(text) ?? [];
  const [, html = ''] = /<div id="app"[^>]*>(.*)<\/body>/s.exec(text) ?? [];
  const metas = [...text.matchAll(/<meta (?:name|property)="([^"]*)" content="([^"]*)"/g)];
  return {
    status,
    text,
    body: decoded(html.replaceAll(/<[^>]*>/g, ' ')),
    boot: JSON.parse(json) as PageState,
    title: decoded(/<title>(.*?)<\/title>/s.exec(text)?.[1] ?? ''),
    meta: Object.fromEntries(metas.map(([, name, content]) => [name, decoded(content ?? '')])),
    canonical: /<link rel="canonical" href="([^"]*)"/.exec(text)?.[1],
    linkedData: linked === undefined ? undefined : (JSON.parse(linked) as Record<string, unknown>),
  };
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const decoded = (text: string) => text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '');

const POST = {
  title: 'Peeling an onion',
  content: '## The first layer\n\nIt made me **cry**.\n\n```js\nlet tears = 1;\n```',
  excerpt: 'What is under the skin.',
  category: 'life',
  tags: ['kitchen'],
};

describe('the page of a post', () => {
  it('has its text, its comments and what search engines and link previews read', async () => {
    const { id, slug } = await writePost(ada, { ...POST, coverImage: '/uploads/onion.jpg' });
    expect((await bob.post(`/api/posts/${id}/comments`, { content: 'So did I.' })).status).toBe(201);

    const page = await open(app.browser(), `/posts/${slug}`);

    expect(page).toMatchObject({
      status: 200,
      title: 'Peeling an onion · Allium',
      canonical: expect.stringMatching(new RegExp(`^http://[^/]+/posts/${slug}$`)),
      meta: {
        description: 'What is under the skin.',
        'og:type': 'article',
        'og:title': 'Peeling an onion',
        'og:image': expect.stringMatching(/^http:.*\/uploads\/onion\.jpg$/),
        'twitter:card': 'summary_large_image',
        author: 'ada',
      },
      linkedData: { '@type': 'BlogPosting', headline: 'Peeling an onion', keywords: 'kitchen', commentCount: 1 },
    });
    for (const words of ['The first layer', 'cry', 'tears =', 'Life', 'kitchen', 'So did I.', 'bob']) {
      expect(page.body).toContain(words);
    }
  });

  it('hands the application what it shows, and no Markdown', async () => {
    const { id, slug } = await writePost(ada, { ...POST, title: 'Boot state' });
    const { boot } = await open(app.browser(), `/posts/${slug}`);

    expect(boot.answers.map(({ path }) => path)).toEqual([
      `/api/posts/slug/${slug}`,
      `/api/posts/${id}/comments?page=1&limit=50`,
      '/api/categories',
      `/api/posts/${id}/related`,
      '/api/users/username/ada',
    ]);
    const [{ answer } = { answer: null }] = boot.answers;
    const { content, ...post } = (await app.browser().get(`/api/posts/slug/${slug}`)).json<{
      post: { content: string };
    }>().post;
    expect(content).toBe(POST.content);
    expect(answer).toEqual({ post });
  });

  it.each([
    '</script><script>alert(1)</script>',
    '"quotes" & <b>tags</b> \'',
    'مرحبا بالعالم',
    '洋葱'.repeat(50),
    '${alert(1)} {{ 1 }}',
  ])('shows the title %j as it is, wherever it stands', async (title) => {
    const { slug } = await writePost(ada, { title, excerpt: title });
    for (const path of [`/posts/${encodeURIComponent(slug)}`, '/', '/@ada']) {
      const page = await open(app.browser(), path);

      expect(page.status, path).toBe(200);
      expect(page.body, path).toContain(title);
      expect(page.text, path).not.toContain('<script>alert');
      expect(page.text, path).not.toContain('<b>tags</b>');
    }
    const { linkedData, meta } = await open(app.browser(), `/posts/${encodeURIComponent(slug)}`);
    expect(linkedData).toMatchObject({ headline: title, description: title });
    expect(meta).toMatchObject({ 'og:title': title, description: title });
  });

  it('is for the author and editors alone while it is a draft', async () => {
    const { slug } = await writePost(ada, { ...POST, title: 'Not yet', status: 'draft' });

    for (const client of [app.browser(), bob]) {
      const page = await open(client, `/posts/${slug}`);
      expect(page).toMatchObject({
        status: 404,
        title: 'Page not found · Allium',
        boot: { notFound: true, answers: [] },
      });
      expect(page.text).not.toContain('Not yet');
    }
    for (const client of [ada, admin]) {
      const page = await open(client, `/posts/${slug}`);
      expect(page).toMatchObject({ status: 200, meta: { robots: 'noindex' }, linkedData: undefined });
      expect(page.body).toContain('Not yet');
    }
    for (const path of ['/', '/@ada', '/tags/kitchen', '/categories/life', '/search?q=Not+yet']) {
      expect((await open(bob, path)).body.replaceAll('“Not yet”', ''), path).not.toContain('Not yet');
    }
  });
});

describe('the view of anonymous visitors', () => {
  it('changes with a new post, a like, a comment, an edit and a deletion', async () => {
    const guest = app.browser();
    await open(guest, '/');
    const { id, slug } = await writePost(ada, { ...POST, title: 'Seen at once' });
    expect((await open(guest, '/')).body).toContain('Seen at once');

    const page = async () => (await open(guest, `/posts/${slug}`)).body;
    await page();
    await bob.post(`/api/posts/${id}/like`);
    expect((await open(guest, `/posts/${slug}`)).text).toContain('one like');
    await bob.post(`/api/posts/${id}/comments`, { content: 'A new voice' });
    expect(await page()).toContain('A new voice');
    await ada.patch(`/api/posts/${id}`, { title: 'Said otherwise' });
    expect(await page()).toContain('Said otherwise');
    await ada.delete(`/api/posts/${id}`);
    expect((await open(guest, `/posts/${slug}`)).status).toBe(404);
    expect((await open(guest, '/')).body).not.toContain('Said otherwise');
  });

  it('is nothing of those who are signed in', async () => {
    const { id, slug } = await writePost(ada, { ...POST, title: 'Whose like' });
    await bob.post(`/api/posts/${id}/like`);
    const path = `/posts/${slug}`;
    const likedIn = ({ boot }: Shown) =>
      (boot.answers[0]?.answer as { post: { likedByMe: boolean } } | undefined)?.post.likedByMe;

    const views = await Promise.all([open(bob, path), open(app.browser(), path), open(ada, path)]);

    expect(views.map(({ boot }) => boot.user?.username)).toEqual(['bob', undefined, 'ada']);
    expect(views.map(likedIn)).toEqual([true, false, false]);
    expect(views[1]?.text).not.toContain('bob@');
    expect(views[2]?.text).not.toContain('bob@');
  });
});

describe('lists', () => {
  it.each([
    ['/', 'WebSite'],
    ['/tags/kitchen', 'BreadcrumbList'],
    ['/categories/life', 'BreadcrumbList'],
    ['/@ada', 'ProfilePage'],
  ])('have their posts, a canonical address and JSON-LD at %s', async (path, type) => {
    await writePost(ada, { ...POST, title: `Listed at ${path}` });
    const page = await open(app.browser(), path);

    expect(page).toMatchObject({ status: 200, linkedData: { '@type': type } });
    expect(page.canonical?.endsWith(path)).toBe(true);
    expect(page.body).toContain(`Listed at ${path}`);
  });

  it('go on at a page of their own, which is not indexed', async () => {
    for (let number = 1; number <= 14; number += 1) {
      await writePost(bob, { title: `Long list ${number}`, tags: ['long'] });
    }
    const first = await open(app.browser(), '/tags/long');
    const [, next = ''] = /<link rel="next" href="[a-z]+:\/\/[^/]+([^"]*)"/.exec(first.text) ?? [];
    expect(first.body).not.toMatch(/Long list 2\s/);
    expect(first.text).toContain(`href="${next}"`);

    const second = await open(app.browser(), next);
    expect(second.body).toMatch(/Long list 2\s/);
    expect(second.body).not.toMatch(/Long list 14\s/);
    expect(second.meta).toMatchObject({ robots: 'noindex' });
  });

  it('marks what a search has found', async () => {
    await writePost(ada, { title: 'A shallot', content: 'Smaller than its <cousin>, the garlic.' });
    const page = await open(app.browser(), '/search?q=garlic&sort=-likeCount');

    expect(page.title).toBe('garlic · Search · Allium');
    expect(page.text).toContain('&lt;cousin&gt;, the <mark>garlic</mark>');
    expect(page.boot.answers.map(({ path }) => path)).toContain(
      '/api/posts?search=garlic&sort=-likeCount&page=1&limit=12',
    );
  });

  it('are in the language of the visitor', async () => {
    const page = await open(app.browser(), '/', { 'Accept-Language': 'zh-CN' });

    expect(page.body).toContain('最新');
    expect(page.body).toContain('生活');
  });

  it('say that there is none', async () => {
    expect(await open(app.browser(), '/tags/unheard-of')).toMatchObject({
      status: 200,
      meta: { robots: 'noindex' },
      body: expect.stringContaining('Nothing has been published yet'),
    });
    for (const path of ['/categories/unheard-of', '/@unheard-of', '/posts/unheard-of']) {
      expect(await open(app.browser(), path)).toMatchObject({ status: 404, boot: { notFound: true } });
    }
  });
});

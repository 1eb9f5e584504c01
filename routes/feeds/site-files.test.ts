import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { elementsIn, parseXml } from '../../tests/support/xml.js';

let app: TestApp;
let author: Client & { id: number };
let reader: Client;
beforeAll(async () => {
  app = await startTestApp();
  author = await app.member('feed-author');
  reader = app.program();
});
afterAll(() => app.stop());

interface JsonFeed {
  items: { id: string; url: string; title: string; content_html?: string; content_text?: string; tags: string[] }[];
}
const jsonFeed = async () => (await reader.get('/feed.json')).json<JsonFeed>();
const atomFeed = async () => parseXml((await reader.get('/feed.xml')).text);
const locations = async (path: string) => {
  const answer = await reader.get(path);
  expect(answer.status, answer.text).toBe(200);
  return elementsIn(parseXml(answer.text), 'loc').map(({ text }) => text);
};
const everyAddress = async () => {
  const files = await locations('/sitemap.xml');
  return (await Promise.all(files.map((file) => locations(new URL(file).pathname)))).flat();
};

const FILES = [
  ['/feed.xml', 'application/atom+xml; charset=utf-8'],
  ['/feed.json', 'application/feed+json; charset=utf-8'],
  ['/sitemap.xml', 'application/xml; charset=utf-8'],
  ['/sitemap-1.xml', 'application/xml; charset=utf-8'],
  ['/robots.txt', 'text/plain; charset=utf-8'],
  ['/opensearch.xml', 'application/opensearchdescription+xml; charset=utf-8'],
  ['/manifest.webmanifest', 'application/manifest+json; charset=utf-8'],
] as const;

describe.each(FILES)('%s', (path, type) => {
  it('comes with its type, also before anything is published and to browsers', async () => {
    for (const client of [reader, app.browser({ Accept: 'text/html' })]) {
      const answer = await client.get(path);

      expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, type]);
      if (type.includes('xml')) parseXml(answer.text);
    }
  });

  it('is revalidated by its ETag, is the same to HEAD, and takes no other method', async () => {
    const first = await reader.get(path);
    const etag = first.headers.get('ETag') ?? '';
    // Node's fetch sends `no-cache` beside a condition of ours without one on caches.
    const again = await reader.get(path, { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' });
    const head = await reader.request('HEAD', path);
    const post = await app.browser().post(path, {});

    expect(first.headers.get('Cache-Control')).toMatch(/^public, (no-cache|max-age=3600)$/);
    expect([again.status, again.text]).toEqual([304, '']);
    expect([head.status, head.headers.get('ETag'), head.text]).toEqual([200, etag, '']);
    expect([post.status, post.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('the feeds', () => {
  it('have the newest published posts with whole texts, and follow changes at once', async () => {
    const draft = await writePost(author, { title: 'A draft', status: 'draft' });
    const post = await writePost(author, {
      title: 'On feeds',
      content: '# Hi\n\n[about](/posts/other) ![p](/uploads/x.png) //host',
      tags: ['atom'],
    });

    const [entry] = elementsIn(await atomFeed(), 'entry');
    const [item] = (await jsonFeed()).items;
    const url = `${app.url}/posts/${post.slug}`;
    expect(entry?.children.find(({ name }) => name === 'id')?.text).toBe(url);
    expect(entry?.children.find(({ name }) => name === 'content')?.text).toContain('<h1 id="section-hi">Hi</h1>');
    expect(item).toMatchObject({ id: url, url, title: 'On feeds', tags: ['atom'] });
    expect(item?.content_html).toContain(`href="${app.url}/posts/other"`);
    expect(item?.content_html).toContain(`src="${app.url}/uploads/x.png"`);

    await author.patch(`/api/posts/${draft.id}`, { status: 'published' });
    await author.patch(`/api/posts/${post.id}`, { title: 'On all feeds' });
    expect((await jsonFeed()).items.map(({ title }) => title)).toEqual(['A draft', 'On all feeds']);

    await author.delete(`/api/posts/${draft.id}`);
    expect(elementsIn(await atomFeed(), 'title').map(({ text }) => text)).toEqual(['Allium', 'On all feeds']);
  });

  it('show a title as it is, whatever is in it', async () => {
    const titles = [']]> & <script>alert(1)</script>', 'مرحبا بالعالم', '"quotes" ’n’ 😀'];
    for (const title of titles) await writePost(author, { title });
    const damaged = await writePost(author, { title: 'damaged' });
    await app.database.models.write(
      (transaction) =>
        transaction.execute('UPDATE posts SET title = ? WHERE id = ?', 'bell\u0007 \uffff \u202e', damaged.id),
      ['posts'],
    );

    const shown = elementsIn(await atomFeed(), 'entry').flatMap((entry) => elementsIn(entry, 'title'));
    expect(shown.map(({ text }) => text).slice(0, 4)).toEqual(['bell\u{FFFD} \u{FFFD} \u202e', ...titles.toReversed()]);
    expect((await jsonFeed()).items[0]?.title).toBe('bell\u0007 \uffff \u202e');
  });

  it('have twenty posts, and of a very long one its excerpt', async () => {
    await writePost(author, { title: 'Long', content: 'word '.repeat(9_999) + '<'.repeat(5) });
    const [long] = (await jsonFeed()).items;
    expect(long?.content_html).toBeUndefined();
    expect(long?.content_text).toMatch(/^word word/);

    for (let number = 0; number < 20; number += 1) await writePost(author, { title: `Post ${number}` });
    expect((await jsonFeed()).items.map(({ title }) => title)).toEqual(
      Array.from({ length: 20 }, (_, index) => `Post ${19 - index}`),
    );
    expect(elementsIn(await atomFeed(), 'entry')).toHaveLength(20);
  });

  it('name an author who is gone nowhere', async () => {
    const leaving = await app.member('leaving');
    await writePost(leaving, { title: 'Left behind' });
    expect((await reader.get('/feed.xml')).text).toContain('leaving');

    await (await app.admin()).delete(`/api/users/${leaving.id}`);

    expect((await reader.get('/feed.xml')).text).toContain('Left behind');
    expect((await reader.get('/feed.xml')).text).not.toContain('leaving');
    expect((await jsonFeed()).items[0]).not.toHaveProperty('authors');
  });
});

describe('the sitemap', () => {
  it('lists what is public, and nothing else', async () => {
    await app.member('silent');
    const draft = await writePost(author, { title: 'Not yet', status: 'draft', tags: ['unseen'] });
    const post = await writePost(author, { title: '有中文', tags: ['c&d'], category: 'life' });

    const addresses = await everyAddress();

    expect(addresses).toEqual(
      expect.arrayContaining([
        `${app.url}/`,
        `${app.url}/categories/life`,
        `${app.url}/posts/${encodeURIComponent(post.slug)}`,
        `${app.url}/tags/c%26d`,
        `${app.url}/@feed-author`,
      ]),
    );
    expect(addresses.filter((address) => /silent|unseen|thoughts|not-yet/.test(address))).toEqual([]);
    expect(new Set(addresses).size).toBe(addresses.length);

    await author.patch(`/api/posts/${draft.id}`, { status: 'published' });
    expect(await everyAddress()).toEqual(
      expect.arrayContaining([`${app.url}/posts/not-yet`, `${app.url}/tags/unseen`]),
    );
  });

  it('is cut by ids: a file for each part that has something, and a 404 behind the last', async () => {
    const before = await locations('/sitemap.xml');
    await app.database.models.write(
      (transaction) => transaction.execute("INSERT INTO tags (id, name, post_count) VALUES (5000001, 'far-away', 1)"),
      ['posts'],
    );

    const after = await locations('/sitemap.xml');
    expect(after).toHaveLength(before.length + 1);
    expect(await everyAddress()).toContain(`${app.url}/tags/far-away`);
    expect((await reader.get(`/sitemap-${after.length + 1}.xml`)).status).toBe(404);
    for (const path of ['/sitemap-0.xml', '/sitemap-01.xml', '/sitemap-.xml', '/sitemap-x.xml']) {
      expect((await reader.get(path)).status, path).toBe(404);
    }
  });

  it('says when a post has changed', async () => {
    const text = (await reader.get('/sitemap-2.xml')).text;

    const times = elementsIn(parseXml(text), 'lastmod').map((element) => element.text);
    expect(times.length).toBeGreaterThan(0);
    expect(times.filter((time) => new Date(time).toISOString() !== time)).toEqual([]);
  });
});

describe('what says how the site is to be used', () => {
  it('keeps robots out of what is private, and names the sitemap', async () => {
    const { text } = await reader.get('/robots.txt');

    for (const path of ['/api/', '/gw/', '/admin', '/settings', '/me/', '/write']) {
      expect(text).toContain(`Disallow: ${path}\n`);
    }
    expect(text).toContain(`Sitemap: ${app.url}/sitemap.xml`);
  });

  it('describes the search, and has icons of the sizes that it names', async () => {
    const [url] = elementsIn(parseXml((await reader.get('/opensearch.xml')).text), 'Url');
    expect(url?.attributes['template']).toBe(`${app.url}/search?q={searchTerms}`);

    const manifest = (await reader.get('/manifest.webmanifest')).json<{ icons: { src: string; type: string }[] }>();
    for (const { src, type } of manifest.icons) {
      const icon = await reader.get(src);
      expect([icon.status, icon.headers.get('Content-Type')]).toEqual([200, type]);
    }
  });
});

it('has addresses at PUBLIC_URL, whatever the request says, and speaks DEFAULT_LOCALE', async () => {
  const behind = await startTestApp({ PUBLIC_URL: 'https://allium.example', DEFAULT_LOCALE: 'zh-CN' });
  try {
    const client = behind.program({ 'Accept-Language': 'en' });
    expect((await client.get('/sitemap.xml')).text).toContain('<loc>https://allium.example/sitemap-1.xml</loc>');
    expect((await client.get('/robots.txt')).text).toContain('Sitemap: https://allium.example/sitemap.xml');
    expect((await client.get('/feed.json')).json()).toMatchObject({ home_page_url: 'https://allium.example/' });
    expect((await client.get('/manifest.webmanifest')).json()).toMatchObject({ lang: 'zh-CN' });
  } finally {
    await behind.stop();
  }
});

it('compresses them', async () => {
  for (const [path] of FILES.filter(([name]) => name.startsWith('/feed'))) {
    const answer = await reader.get(path, { 'Accept-Encoding': 'gzip' });
    expect(answer.headers.get('Content-Encoding'), path).toBe('gzip');
  }
});

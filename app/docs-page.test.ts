import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { apiZhCn } from '../views/locales/api-zh-cn.js';
import { chapterTitles } from '../views/locales/docs-en.js';
import { LOCALES } from '../views/locales/index.js';
import { chapterTitle, chaptersOf, type Endpoint } from './docs-page.js';
import type { OpenApi } from './openapi-types.js';

let app: TestApp;
let api: OpenApi;
beforeAll(async () => {
  app = await startTestApp();
  api = (await app.program().get('/api/openapi.json')).json<OpenApi>();
});
afterAll(() => app.stop());

const hasHan = (text: string) => /\p{Script=Han}/u.test(text);
const sentencesOf = ({ summary, parameters, body, success, failures }: Endpoint) => [
  summary,
  ...[...parameters, ...body, ...success.fields].map(({ description }) => description),
  ...failures.flatMap(({ codes }) => codes.map(({ meaning }) => meaning)),
];

describe('the Chinese catalog', () => {
  it('translates every title, summary and description of the document, and nothing else', () => {
    const { paths, components, tags } = api;
    const texts = new Set(tags.map(({ name }) => chapterTitle(name)));
    JSON.stringify([paths, components.schemas], (key, value: unknown) => {
      if ((key === 'summary' || key === 'description') && typeof value === 'string') texts.add(value);
      return value;
    });

    expect(Object.keys(apiZhCn).toSorted()).toEqual([...texts].toSorted());
  });
});

describe.each(LOCALES)('the chapters in %s', (locale) => {
  it('have a title for every tag, and for no other', () => {
    const tags = api.tags.map(({ name }) => name);
    const inEnglish = [...new Set(tags.map(chapterTitle))];

    const titles = chaptersOf(api, locale).map(({ title }) => title);

    expect(titles).toEqual(locale === 'en' ? inEnglish : inEnglish.map((title) => apiZhCn[title]));
    expect(tags).toEqual(expect.arrayContaining(Object.keys(chapterTitles)));
  });

  it('hold every endpoint once', () => {
    const shown = chaptersOf(api, locale).flatMap(({ endpoints }) => endpoints.map(({ id }) => id));
    const all = Object.values(api.paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );

    expect(shown.toSorted()).toEqual(all.toSorted());
  });

  it('are in this language, down to the meaning of each field and error', () => {
    const chapters = chaptersOf(api, locale);
    const technical = ['', 'Markdown', 'slug'];
    const sentences = chapters
      .flatMap(({ title, endpoints }) => [title, ...endpoints.flatMap(sentencesOf)])
      .filter((text) => !technical.includes(text));

    expect(sentences.filter((text) => hasHan(text) !== (locale === 'zh-CN'))).toEqual([]);
  });

  it('write the limits of a value in this language', () => {
    const fields = chaptersOf(api, locale).flatMap(({ endpoints }) =>
      endpoints.flatMap(({ body, parameters }) => [...body, ...parameters]),
    );
    const limits = fields.find(({ name }) => name === 'title')?.limits;

    expect(limits).toBe({ en: '1–100 characters', 'zh-CN': '1–100 个字符' }[locale]);
    expect(fields.find(({ name }) => name === 'limit')?.limits).toBe(
      { en: '1–100, default 10', 'zh-CN': '1–100，默认 10' }[locale],
    );
  });
});

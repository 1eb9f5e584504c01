import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { messagesIn } from '../views/locales/index.js';

let english: TestApp;
let chinese: TestApp;
beforeAll(async () => {
  [english, chinese] = await Promise.all([startTestApp(), startTestApp({ DEFAULT_LOCALE: 'zh-CN' })]);
});
afterAll(() => Promise.all([english.stop(), chinese.stop()]));

async function languageFor(app: TestApp, wanted: string): Promise<string | null> {
  return (await app.program().get('/api/nowhere', { 'Accept-Language': wanted })).headers.get('Content-Language');
}

describe('Accept-Language', () => {
  it.each([
    ['zh-CN', 'zh-CN'],
    ['zh-TW,zh;q=0.9,en;q=0.8', 'zh-CN'],
    ['zh-Hans-CN', 'zh-CN'],
    ['ZH-cn', 'zh-CN'],
    ['en-GB,en;q=0.9,zh-CN;q=0.8', 'en'],
    ['fr,zh;q=0.5', 'zh-CN'],
    ['fr;q=1, en;q=0.1, zh;q=0.2', 'zh-CN'],
    ['en;q=0, zh', 'zh-CN'],
    ['en', 'en'],
  ])('%s means %s, whatever the default', async (wanted, given) => {
    expect(await languageFor(english, wanted)).toBe(given);
    expect(await languageFor(chinese, wanted)).toBe(given);
  });

  it.each(['*', 'fr', 'fr, *;q=0.1', ';;;', ','])('%j falls back to DEFAULT_LOCALE', async (wanted) => {
    expect(await languageFor(english, wanted)).toBe('en');
    expect(await languageFor(chinese, wanted)).toBe('zh-CN');
  });

  it('is named in Vary, so that no cache mixes languages up', async () => {
    expect((await english.program().get('/api/nowhere')).headers.get('Vary')).toContain('Accept-Language');
  });
});

describe('the sentences', () => {
  it('are there in every language, under the same keys', () => {
    const keysOf = (value: object, path = ''): string[] =>
      Object.entries(value).flatMap(([key, child]) =>
        typeof child === 'object' ? keysOf(child as object, `${path}${key}.`) : [`${path}${key}`],
      );

    expect(keysOf(messagesIn['zh-CN'])).toEqual(keysOf(messagesIn.en));
  });
});

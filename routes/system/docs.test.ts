import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathWith, routesOf } from '../../tests/support/route-table.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { apiZhCn } from '../../views/locales/api-zh-cn.js';
import { LOCALES } from '../../views/locales/index.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const pageIn = (locale: string) => app.program().get('/api/docs', { 'Accept-Language': locale });

describe.each(LOCALES)('GET /api/docs in %s', (locale) => {
  const translated = (summary: string) => (locale === 'zh-CN' ? apiZhCn[summary] : summary);

  it('shows every route, with its summary in this language and a form to try it', async () => {
    const { status, headers, text } = await pageIn(locale);

    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toMatch(/^text\/html/);
    expect(text).toContain(`<html lang="${locale}">`);
    expect(text.match(/<form class="try"/g)).toHaveLength(routesOf(app.services).length);
    for (const { path, spec } of routesOf(app.services)) {
      expect(text).toContain(`>${path.replaceAll(/:(\w+)/g, '{$1}').replace(/\/$/, '')}<`);
      expect(text).toContain(translated(spec?.summary ?? '')?.replaceAll("'", '&#39;'));
    }
  });

  it('follows its content security policy: nothing external, and nothing inline without the nonce', async () => {
    const { headers, text } = await pageIn(locale);
    const [, nonce] = /'nonce-([^']+)'/.exec(headers.get('Content-Security-Policy') ?? '') ?? [];

    expect(text).not.toMatch(/\s(style|on\w+)=/);
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const [tag] of text.matchAll(/<(script|style)\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`);
  });
});

describe('the walkthrough to a first post', () => {
  it('works in a shell as shown on the page', async () => {
    const page = (await pageIn('en')).text;
    const picture = join(app.dataDir, 'picture.jpg');
    writeFileSync(
      picture,
      await sharp({ create: { width: 40, height: 30, channels: 3, background: 'purple' } })
        .jpeg()
        .toBuffer(),
    );
    const [walk = ''] = /<section id="first-post">.*?<\/section>/s.exec(page) ?? [];
    const commands = [...walk.matchAll(/<pre[^>]*><code>(.*?)<\/code>/gs)].map(([, code = '']) => unescaped(code));
    const answers: Record<string, unknown> = {};
    let shell = '';
    for (const command of commands) {
      const filled = command.replaceAll(/<([\w.]+)>/g, (_, name: string) => String(answers[name]));
      if (!filled.startsWith('curl')) {
        shell += `${filled}\n`;
        continue;
      }
      const { stdout } = await promisify(execFile)('bash', ['-c', `${shell}${filled}`], { cwd: app.dataDir });
      remember(JSON.parse(stdout) as object, '', answers);
    }
    rmSync(picture);

    expect(commands).toHaveLength(6);
    expect(answers).toMatchObject({ 'post.title': 'Peeling an onion', 'post.status': 'published' });
    expect((await app.program().get(String(answers['post.coverImage']))).status).toBe(200);
    const { text } = await app.program().get(pathWith('/api/posts/:id', Number(answers['post.id'])));
    expect(text).toContain(String(answers['file.url']));
  });
});

/** The fields of a response by their paths, as the page names them. */
function remember(value: object, prefix: string, into: Record<string, unknown>): void {
  for (const [name, field] of Object.entries(value)) {
    into[prefix + name] = field;
    if (typeof field === 'object' && field !== null) remember(field as object, `${prefix}${name}.`, into);
  }
}

function unescaped(html: string): string {
  return html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

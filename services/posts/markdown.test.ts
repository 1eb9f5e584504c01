import { describe, expect, it } from 'vitest';
import { ValidationFailed } from '../errors.js';
import { renderMarkdown } from './markdown.js';

const MAX_BYTES = 1_000_000;
/** The longest content that a post may have. */
const LENGTH = 50_000;
const filled = (unit: string, length = LENGTH) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
const referring = (definition: string, reference: string) =>
  `${definition}\n\n${filled(reference, LENGTH - definition.length - 2)}`;

/** Short sources of long results. */
const AMPLIFIERS: Record<string, string> = {
  'an address that many links refer to': referring(`[a]: ${'x'.repeat(20_000)}`, '[a]'),
  'an address that many pictures refer to': referring(`[a]: ${'x'.repeat(20_000)}`, '![a]'),
  'an address that is percent-encoded': referring(`[a]: ${'é'.repeat(20_000)}`, '[a]'),
  'a title that many links refer to': referring(`[a]: b "${'汉'.repeat(20_000)}"`, '[a]'),
  'a title of quotes': referring(`[a]: b '${'"'.repeat(20_000)}'`, '[a]'),
  'a short address and very many links': referring(`[a]: ${'x'.repeat(1_000)}`, '[a]'),
  'references in headings': referring(`[a]: ${'x'.repeat(20_000)}`, '# [a]\n'),
  'references in a table': referring(`[a]: ${'x'.repeat(20_000)}`, '[a]|[a]\n-|-\n[a]|[a]\n\n'),
  'rows of empty cells': `a|b|c|d\n-|-|-|-\n${filled('|\n', 40_000)}`,
};

/** Lines that take highlight.js longest in these languages. */
const HOSTILE_CODE = [
  ['csharp', 'a\n'],
  ['ini', filled('a.b', 490)],
  ['xml', filled('a<b>', 490)],
  ['java', filled('$a', 490)],
  ['sql', filled('<%', 490)],
  ['shell', filled('${', 490)],
] as const;
const codeOf = (language: string, unit: string) => `\`\`\`${language}\n${filled(`${unit}\n`, 4_900)}\n\`\`\`\n`;

describe('the HTML of Markdown', () => {
  it.each(Object.entries(AMPLIFIERS))('is refused before it is built: %s', (_name, content) => {
    const heapBefore = process.memoryUsage().heapUsed;

    expect(() => renderMarkdown(content)).toThrow(ValidationFailed);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(200 * 1024 * 1024);
  });

  it('is at most 20 times as long as its source, and 1 MB, whatever is repeated', () => {
    const units = [
      '"',
      '&',
      '<',
      'a@b.cc ',
      '<a:b>',
      '![](a)',
      '- a\n',
      '> - a\n\n',
      '|\n',
      'a\n\n',
      '*a*',
      '汉',
      '[](汉)',
    ];
    for (const unit of units) {
      const content = filled(unit, 10_000);
      const { html } = renderMarkdown(content);
      expect(Buffer.byteLength(html), unit).toBeLessThanOrEqual(Math.min(20 * Buffer.byteLength(content), MAX_BYTES));
    }
  });

  /** CPU rather than time: other processes are not its fault. */
  it.each<[string, string]>([
    ['lists, fences and quotes that end each other', `-*${filled('```\n-|\n> >')}`],
    ['underlined quotes', filled('-|\n> ---\n')],
    ['definitions in quotes', filled('a@b.cc\n> [a]: b\n')],
    ['open brackets', filled('[')],
    ['emphasis that never ends', filled('*a**a*')],
    ['open links', filled('[a](<b')],
    ['addresses', filled('http://a.b(')],
    ['a table', filled('a|b\n-|-\n')],
    ['headings', filled('# a\n')],
    ...HOSTILE_CODE.map(([language, unit]): [string, string] => [`${language} code`, filled(codeOf(language, unit))]),
  ])('takes less than 1.5 s to make or to refuse: %s', (_name, content) => {
    const before = process.cpuUsage();
    try {
      renderMarkdown(content);
    } catch (error) {
      if (!(error instanceof ValidationFailed)) throw error;
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_500);
  });

  it('of a few characters is shown, whatever it is', () => {
    for (const content of ['-', '>', '1.', '# ', '![](a)', '<a@b.cc>', '|a|b|c|d|\n|-|-|-|-|\n|'])
      expect(renderMarkdown(content).html).toMatch(/^</);
  });

  it('has highlighted code by class names alone, where the language is known and the block is short', () => {
    const fence = (language: string, code: string) => renderMarkdown(`\`\`\`${language}\n${code}\n\`\`\``).html;

    expect(fence('ts', 'const a = "<b>";')).toBe(
      '<pre><code class="language-ts"><span class="hljs-keyword">const</span> a = ' +
        '<span class="hljs-string">&quot;&lt;b&gt;&quot;</span>;\n</code></pre>\n',
    );
    for (const [language, code] of [
      ['unknown', 'const a = 1;'],
      ['', 'const a = 1;'],
      ['constructor', 'const a = 1;'],
      ['ts', 'const a = 1;\n'.repeat(400)],
      ['ts', `const a = ${'1 + '.repeat(200)}1;`],
    ] as const)
      expect(fence(language, code), language).not.toContain('<span');
    const many = renderMarkdown(codeOf('ts', 'const a = 1;').repeat(6)).html.split('<pre>').slice(1);
    expect(many.map((html) => html.includes('hljs-'))).toEqual([true, true, true, true, false, false]);
  });

  it('never holds an element or an attribute that the text asks for in code', () => {
    const attacks = ['<img src=x onerror=alert(1)>', '</code></pre><script>alert(1)</script>', '"><b style="x">'];
    for (const language of ['xml', 'html', 'js', 'php', 'markdown', 'css', 'bash', '"><b>', 'js" onclick="x']) {
      const { html } = renderMarkdown(attacks.map((attack) => `\`\`\`${language}\n${attack}\n\`\`\`\n`).join('\n'));
      const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
      const made = /^<(?:\/?(?:pre|code|span)|pre|(?:code|span) class="[^"<>]*")>$/;
      expect(
        tags.filter((tag) => !made.test(tag)),
        language,
      ).toEqual([]);
    }
  });

  it('has pictures that load late and do not hold up the page', () => {
    expect(renderMarkdown('![a](/uploads/a.png)').html).toBe(
      '<p><img src="/uploads/a.png" alt="a" loading="lazy" decoding="async"></p>\n',
    );
  });

  it('repeats an address that several links refer to', () => {
    const address = `https://example.com/${'x'.repeat(100)}`;
    const { html } = renderMarkdown(`[a]: ${address}\n\n${'See [a]. '.repeat(20)}`);

    expect(html.split(address)).toHaveLength(21);
  });
});

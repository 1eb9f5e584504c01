import { describe, expect, it } from 'vitest';
import { createHeadingIds, tableOfContents } from './headings.js';
import { renderMarkdown } from './markdown.js';

describe('ids of headings', () => {
  it.each([
    ['Peeling an onion', 'section-peeling-an-onion'],
    ['  What? & <why>  ', 'section-what-why'],
    ['洋葱的层次', 'section-洋葱的层次'],
    ['हिन्दी में', 'section-हिन्दी-में'],
    ['الطبقات', 'section-الطبقات'],
    ['!!!', 'section-untitled'],
    ['x'.repeat(100), `section-${'x'.repeat(60)}`],
    [`${'x'.repeat(59)}𠀀`, `section-${'x'.repeat(59)}`],
  ])('say what the heading says: %s', (text, id) => {
    expect(createHeadingIds()(text)).toBe(id);
  });

  it('are unique, also where a heading looks like a numbered one', () => {
    const idOf = createHeadingIds();
    const ids = ['a', 'a', 'a 2', 'a', 'a-2', 'a'].map(idOf);

    expect(ids.slice(0, 2)).toEqual(['section-a', 'section-a-2']);
    expect(new Set(ids).size).toBe(6);
  });
});

describe('the table of contents', () => {
  it('lists headings of the second and third level with the ids that they have in the HTML', () => {
    const { html } = renderMarkdown('# A\n\n## B & `c<d>` *e*\n\ntext\n\n### 层\n\n#### D\n\nB\n-\n\n##\n');

    expect(tableOfContents(html)).toEqual([
      { id: 'section-b-c-d-e', text: 'B & c<d> e', level: 2 },
      { id: 'section-层', text: '层', level: 3 },
      { id: 'section-b', text: 'B', level: 2 },
    ]);
    for (const { id } of tableOfContents(html)) expect(html).toContain(` id="${id}"`);
    expect(html).toContain('<h1 id="section-a">A</h1>');
    expect(html).toContain('<h2></h2>');
  });

  it('takes no heading from a text that only looks like one', () => {
    const { html } = renderMarkdown('`<h2 id="x">y</h2>`\n\n<h2 id="x">y</h2>\n\n    <h3 id="z">z</h3>');

    expect(tableOfContents(html)).toEqual([]);
  });
});

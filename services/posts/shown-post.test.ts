import { expect, it } from 'vitest';
import type { PostDetail } from '../../models/posts/post-rows.js';
import { RENDERER } from './markdown.js';
import { shownPost } from './shown-post.js';

const post = { content: '## A', html: '<p>stored</p>' } as PostDetail;

it('shows the HTML that this renderer has stored', () => {
  expect(shownPost({ ...post, renderer: RENDERER }).html).toBe('<p>stored</p>');
});

it('renders a post again that an earlier renderer has stored', () => {
  expect(shownPost({ ...post, renderer: RENDERER - 1 })).toMatchObject({
    html: '<h2 id="section-a">A</h2>\n',
    toc: [{ id: 'section-a', text: 'A', level: 2 }],
    readingMinutes: 1,
  });
});

it('shows what is stored where this renderer refuses the text', () => {
  const content = `[a]: ${'x'.repeat(20_000)}\n\n${'[a]'.repeat(5_000)}`;

  expect(shownPost({ ...post, content, renderer: RENDERER - 1 }).html).toBe('<p>stored</p>');
});

import type { PostDetail } from '../../models/posts/post-rows.js';
import { tableOfContents, type TocEntry } from './headings.js';
import { RENDERER, renderMarkdown } from './markdown.js';
import { readingMinutes } from './reading-time.js';

/** A post with what readers get besides its text. */
export interface ShownPost extends PostDetail {
  /** Headings of the second and third level. */
  toc: TocEntry[];
  readingMinutes: number;
}

/** Called once for each cache entry. */
export function shownPost(post: PostDetail): ShownPost {
  const html = post.renderer === RENDERER ? post.html : renderAgain(post);
  return { ...post, html, toc: tableOfContents(html), readingMinutes: readingMinutes(post.content) };
}

/** What an earlier renderer has accepted stays readable, whatever this one refuses. */
function renderAgain({ content, html }: PostDetail): string {
  try {
    return renderMarkdown(content).html;
  } catch {
    return html;
  }
}

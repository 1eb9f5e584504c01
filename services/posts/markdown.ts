import MarkdownIt, { type Env, type Token } from 'markdown-it';
import { ValidationFailed } from '../errors.js';
import { highlightCode, type HighlightBudget } from './code-highlighting.js';
import { createHeadingIds } from './headings.js';

/** Raised with each change of what the renderer makes: a post that an earlier one has rendered is rendered when read. */
export const RENDERER = 1;

/** Levels of quotes and lists; beyond them the cost of parsing grows faster than the text. */
const MAX_NESTING = 20;

/**
 * Markdown without HTML: tags are shown as text, so what comes out holds only the elements that the renderer makes.
 * Links lead to http, https and mail addresses or stay on the site, and tell their target nothing of ours.
 */
const renderer = new MarkdownIt({ html: false, linkify: true, maxNesting: MAX_NESTING });
renderer.validateLink = (address) => {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  return scheme === undefined || scheme === 'http' || scheme === 'https' || scheme === 'mailto';
};
const renderLink = renderer.renderer.rules.link_open;
renderer.renderer.rules.link_open = (tokens, index, options, env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow ugc noopener');
  return renderLink?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
};
renderer.renderer.rules.image = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  token?.attrSet('alt', self.renderInlineAsText(token.children ?? [], options, {}));
  token?.attrSet('loading', 'lazy');
  token?.attrSet('decoding', 'async');
  return self.renderToken(tokens, index, options);
};

/**
 * How often the rules for blocks may run: a text of 50,000 characters takes 75,000 when it is made of nothing but empty
 * lines, lists and quotes, but one in which nearly every line could end what stands before it takes 25 million.
 */
const MAX_STEPS = 500_000;
/** Code in one post that may be highlighted, in characters. */
const MAX_HIGHLIGHTED = 20_000;
interface Counted extends Env, HighlightBudget {
  steps: number;
}
renderer.block.ruler.before(
  'table',
  'step_limit',
  ({ env }) => {
    const counted = env as Counted;
    counted.steps += 1;
    if (counted.steps > MAX_STEPS) throw tooLarge();
    return false;
  },
  { alt: ['paragraph', 'reference', 'blockquote', 'list'] },
);
const parse = (content: string) => {
  const env: Counted = { steps: 0, highlightable: MAX_HIGHLIGHTED };
  return { tokens: renderer.parse(content, env), env };
};

const renderFence = renderer.renderer.rules.fence;
renderer.renderer.rules.fence = (tokens, index, options, env, self) => {
  const highlight = (code: string, language: string) => highlightCode(code, language, env as Counted);
  return renderFence?.(tokens, index, { ...options, highlight }, env, self) ?? '';
};

renderer.core.ruler.push('heading_ids', ({ tokens }) => {
  const idOf = createHeadingIds();
  for (const [index, token] of tokens.entries()) {
    const text = token.type === 'heading_open' ? textOf(tokens.slice(index + 1, index + 2)) : '';
    if (text !== '') token.attrSet('id', idOf(text));
  }
});

export interface Rendered {
  html: string;
  /** The words alone, for excerpts and search. */
  text: string;
}

/** How many times its source the HTML may be, in bytes, … */
const MAX_EXPANSION = 20;
/** … except for a few bytes (a single `-` is a whole list) … */
const SMALL_BYTES = 1_000;
/** … and never more than this. */
const MAX_BYTES = 1_000_000;

/**
 * Renders Markdown to HTML that is safe to show as it is.
 *
 * @throws ValidationFailed when the HTML would be far larger than its source: each `[a]` repeats the whole address
 * behind `[a]: …`.
 */
export function renderMarkdown(content: string): Rendered {
  const { tokens, env } = parse(content);
  const limit = Math.min(Math.max(SMALL_BYTES, MAX_EXPANSION * Buffer.byteLength(content)), MAX_BYTES);
  // Tokens share their texts, so they are small whatever becomes of them: what is too large is never built.
  if (leastLength(tokens) > limit) throw tooLarge();
  const html = renderer.renderer.render(tokens, renderer.options, env);
  if (Buffer.byteLength(html) > limit) throw tooLarge();
  return { html, text: textOf(tokens) };
}

/** The words of Markdown alone. */
export const plainText = (content: string): string => textOf(parse(content).tokens);

const tooLarge = () => new ValidationFailed('HTML too large', { fields: ['content'], sentence: 'markdownTooLarge' });

/** A lower bound of the HTML's length: its texts and attributes, before tags are added and characters escaped. */
function leastLength(tokens: readonly Token[]): number {
  let length = 0;
  for (const token of tokens.flatMap((block) => block.children ?? [block])) {
    if (token.type !== 'image') length += token.content.length; // an image's is Markdown, of which `alt` is a part
    for (const [, value] of token.attrs ?? []) length += String(value).length;
  }
  return length;
}

function textOf(tokens: readonly Token[]): string {
  const parts: string[] = [];
  for (const token of tokens) {
    if (token.type === 'fence' || token.type === 'code_block') parts.push(token.content);
    for (const child of token.children ?? [])
      if (child.type === 'text' || child.type === 'code_inline') parts.push(child.content);
    if (token.type === 'inline') parts.push(' ');
  }
  return parts.join('').replaceAll(/\s+/g, ' ').trim();
}

/** The beginning of a text, at most `length` characters, ending at a word where there are spaces. */
export function excerptOf(text: string, length = 200): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  const space = cut.lastIndexOf(' ');
  // Not in the middle of a pair of surrogates.
  return `${(space > length / 2 ? cut.slice(0, space) : cut).replace(/[\ud800-\udbff]$/, '')}…`;
}

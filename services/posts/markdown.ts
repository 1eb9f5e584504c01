import MarkdownIt from 'markdown-it';

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
  return self.renderToken(tokens, index, options);
};

export interface Rendered {
  html: string;
  /** The words alone, for excerpts and search. */
  text: string;
}

export function renderMarkdown(content: string): Rendered {
  return { html: renderer.render(content), text: plainText(content) };
}

function plainText(content: string): string {
  const parts: string[] = [];
  for (const token of renderer.parse(content, {})) {
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

import { createRequire } from 'node:module';

/**
 * What is highlighted: some languages take time that grows with the square of a block's or a line's length. Measured
 * over all of them with hostile code: 0.1 s for a block of this size.
 */
const MAX_BLOCK = 5_000;
const MAX_LINE = 500;
const LONG_LINE = new RegExp(`[^\\n]{${MAX_LINE + 1}}`);
/** How many times its source a highlighted block may be: punctuation alone becomes up to 300 times as long. */
const MAX_EXPANSION = 10;

/** Of highlight.js, whose own types declare a browser's globals for the whole project. */
interface Library {
  getLanguage(name: string): object | undefined;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
}
const require = createRequire(import.meta.url);
let library: Library | undefined;

/** How much of a post may still be highlighted, in characters. */
export interface HighlightBudget {
  highlightable: number;
}

/**
 * Marks up code by class names alone, since our pages allow no inline styles.
 *
 * @param language as a fence names it, such as `ts` or `python`
 * @param budget is lowered by the length of what is highlighted.
 * @returns HTML, or the empty text where the code stays as it is: an unknown language, or too long.
 */
export function highlightCode(code: string, language: string, budget: HighlightBudget): string {
  if (language === '' || code.length > Math.min(MAX_BLOCK, budget.highlightable) || LONG_LINE.test(code)) return '';
  // Loaded when the first post needs it: 40 ms and 8 MB.
  library ??= require('highlight.js/lib/common') as Library;
  if (!library.getLanguage(language)) return '';
  budget.highlightable -= code.length;
  const html = library.highlight(code, { language, ignoreIllegals: true }).value;
  return html.length > MAX_EXPANSION * code.length ? '' : html;
}

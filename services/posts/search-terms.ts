/** What a search asks for, in the forms the two indexes take. */
export interface SearchTerms {
  /** In lowercase. */
  words: string[];
  /** Words of three characters and more, which are found anywhere in a text. */
  long: string[];
  /** Tokens of `pairsOf` for shorter ones. */
  pairs: string[];
}

const MAX_WORDS = 8;
/** In characters as people count them, not in halves of surrogate pairs: that is what both indexes count. */
const lengthOf = (word: string) => Array.from(word).length;
const HAN = /\p{Script=Han}/u;
const RUNS = /\p{Script=Han}+|[\p{L}\p{N}]+/gu;

export function searchTerms(search: string): SearchTerms {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
  const short = words.filter((word) => lengthOf(word) < 3);
  return {
    words,
    long: words.filter((word) => lengthOf(word) >= 3),
    pairs: [...new Set(short.flatMap((word) => word.match(RUNS) ?? []))],
  };
}

/**
 * What a text is found by when one or two characters are asked for: Chinese characters, alone and with the next one,
 * and short words. Migration 0008 has indexed older posts alike.
 */
export function pairsOf(text: string): string {
  const pairs = new Set<string>();
  for (const [run] of text.toLowerCase().matchAll(RUNS)) {
    const characters = Array.from(run);
    if (!HAN.test(run)) {
      if (characters.length < 3) pairs.add(run);
      continue;
    }
    characters.forEach((character, index) => {
      pairs.add(character);
      const next = characters[index + 1];
      if (next !== undefined) pairs.add(character + next);
    });
  }
  return [...pairs].join(' ');
}

const BEFORE = 40;
const FRAGMENT = 160;

/** A fragment of the text around the first hit, escaped for HTML, with every hit in <mark>. */
export function highlight(text: string, words: readonly string[]): string {
  const pattern = new RegExp(words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gi');
  const start = Math.max(0, text.search(pattern) - BEFORE);
  const fragment = text
    .slice(start, start + FRAGMENT)
    .toWellFormed()
    .replaceAll('\ufffd', '');
  let html = start > 0 ? '…' : '';
  let end = 0;
  for (const match of fragment.matchAll(pattern)) {
    html += `${escapeHtml(fragment.slice(end, match.index))}<mark>${escapeHtml(match[0])}</mark>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(fragment.slice(end)) + (start + FRAGMENT < text.length ? '…' : '');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

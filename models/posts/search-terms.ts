/** What a search asks for. A post is found when it has all of it. */
export interface SearchTerms {
  /** In lowercase: what a hit is scored and highlighted by. */
  words: string[];
  /** Words of three characters and more, which are found anywhere in a title, a text or the tags. */
  long: string[];
  /** Tokens of `pairsOf` for shorter ones. */
  pairs: string[];
}

const MAX_WORDS = 8;
/** In code points, not in halves of surrogate pairs: that is what indexes count. */
const lengthOf = (word: string) => Array.from(word).length;
const HAN = /\p{Script=Han}/u;
const RUNS = /\p{Script=Han}+|[\p{L}\p{N}]+/gu;

/** Splits a search into its words, in the forms in which databases index texts. */
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
 * The tokens by which a search for one or two characters finds a text, joined by spaces: Chinese characters, alone and
 * with the next one, and short words. Migration 0008 has indexed older posts alike.
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

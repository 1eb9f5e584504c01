/** Silent reading of non-fiction (Brysbaert 2019, doi:10.1016/j.jml.2019.104047). */
const WORDS_A_MINUTE = 238;
/** Of scripts written without spaces: Chinese as measured by Wang et al. 2019, rounded. */
const CHARACTERS_A_MINUTE = 300;

const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const LETTER = /[\p{L}\p{N}]/u;

/** How long it takes to read a text in Markdown, in whole minutes; at least one. An address counts as one word. */
export function readingMinutes(content: string): number {
  let characters = 0;
  const others = content.replaceAll(WITHOUT_SPACES, () => {
    characters += 1;
    return ' ';
  });
  const words = others.split(/\s+/).filter((word) => LETTER.test(word)).length;
  return Math.max(1, Math.round(words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE));
}

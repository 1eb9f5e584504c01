import { ValidationFailed } from '../errors.js';

/** The scripts of living languages (Unicode Standard Annex 31, table 5), but for those of East Asia. */
const ALPHABETS = ['Armn', 'Cyrl', 'Ethi', 'Geor', 'Grek', 'Latn'];
/** Those that write vowels as combining marks of their own. */
const MARKED = 'Arab Beng Deva Gujr Guru Hebr Khmr Knda Laoo Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt'.split(' ');
/** Scripts that are written together: with Latin, "highly restrictive" in UTS 39, section 5.2. */
const TOGETHER = [
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
];

const LETTERS = [
  ...[...ALPHABETS.map((script) => [script]), ...TOGETHER].map(
    (scripts) => `(?!\\p{M})[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')}]`,
  ),
  ...MARKED.map((script) => `(?:(?!\\p{M})\\p{Script_Extensions=${script}}|(?=\\p{M})\\p{Script=${script}})`),
];
const ONE_SCRIPT = new RegExp(`^(?:${LETTERS.map((letter) => `(?:${letter}|[0-9._-])+`).join('|')})$`, 'u');
/** More marks than any spelling needs (UTS 39, section 5.4). */
const STACKED = /\p{Mn}{3}|(\p{Mn})\1/u;

/**
 * Whether a user name cannot be drawn like another one. It can by letters of several scripts (`rооty` with Cyrillic о),
 * mathematical letters (𝐚𝐝𝐚), and combining marks that neither compose with their letter nor belong to its script.
 * Compatibility forms of letters (ﬁ, Ｗ) may stay: the key of a name folds them, so `Ｗｉｄｅ` and `wide` are one name.
 */
export function isUnambiguous(username: string): boolean {
  const composed = username.normalize('NFC');
  return ONE_SCRIPT.test(composed) && !STACKED.test(composed);
}

/** @throws ValidationFailed for an ambiguous name. */
export function checkUsername(username: string): void {
  if (isUnambiguous(username)) return;
  throw new ValidationFailed('several scripts', { fields: ['username'], sentence: 'mixedScripts' });
}

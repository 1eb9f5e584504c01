import { expect, it } from 'vitest';
import { readingMinutes } from './reading-time.js';

it.each([
  ['nothing', '', 1],
  ['a few words', 'Peel the onion.', 1],
  ['a thousand words', 'word '.repeat(1_000), 4],
  ['three thousand Chinese characters', '层'.repeat(3_000), 10],
  ['both', `${'word '.repeat(238)}${'层'.repeat(300)}`, 2],
  ['addresses, each as one word', 'https://example.com/a-b/c?d=e '.repeat(238), 1],
  ['signs', '—— *** '.repeat(5_000), 1],
])('of %s', (_name, content, minutes) => {
  expect(readingMinutes(content)).toBe(minutes);
});

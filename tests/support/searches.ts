import { array, constant, constantFrom, nat, oneof, record, sample, tuple, type Arbitrary } from 'fast-check';
import type { Database } from '../../models/index.js';

/** What searches are made of. */
export interface Vocabulary {
  /** The words of posts, Chinese runs among them: searches for several words of one post find something. */
  posts: string[][];
  /** Made of trigrams that texts hold in another order: no post has the word, and many have each part. */
  misleading: string[];
  tags: string[];
  authors: number[];
}

const SAMPLE = `WITH RECURSIVE step (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM step LIMIT 400)
  SELECT title, text, tags FROM post_search WHERE rowid IN
    (SELECT (value * 7919) % (SELECT max(id) FROM posts) + 1 FROM step)`;

export async function vocabularyOf({ engine }: Database): Promise<Vocabulary> {
  const { readLong } = engine;
  const rows = await readLong<{ title: string; text: string; tags: string }>({}, SAMPLE);
  const posts = rows.map(({ title, text, tags }) => wordsOf(`${title} ${text} ${tags}`));
  const latin = posts.flat().filter((word) => /^[a-z]{5,}$/.test(word));
  return {
    posts,
    misleading: misleadingWords([...new Set(latin)].toSorted()),
    tags: (await readLong<{ name: string }>({}, 'SELECT name FROM tags ORDER BY id')).map(({ name }) => name),
    authors: (await readLong<{ id: number }>({}, 'SELECT id FROM users ORDER BY id')).map(({ id }) => id),
  };
}

const wordsOf = (text: string) => [...new Set(text.toLowerCase().match(/\p{Script=Han}{1,6}|[a-z]+|\d+/gu))];

/** Joins words where two characters of one begin another, so that every trigram of the result is one of theirs. */
function misleadingWords(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const next = words.find((other) => other !== word && other.startsWith(word.slice(-2)));
    return next === undefined ? [] : [word + next.slice(2)];
  });
}

/** Where a part of a word begins and how long it is; 0 means all of it. */
const PART = tuple(nat(3), constantFrom(0, 0, 0, 1, 2, 2, 3, 4));
const ODD_WORDS = ['the', '一', '的', '随记', '第', '1', 'on', '%', '"', 'a', 'é', 'É', '第9', 'zzzz', '😀'];

/** Addresses of searches, the same for the same seed. */
export function searchPaths(vocabulary: Vocabulary, { count, seed }: { count: number; seed: number }): string[] {
  const { posts, misleading, tags, authors } = vocabulary;
  const ofOnePost = tuple(constantFrom(...posts), array(tuple(nat(), PART), { minLength: 1, maxLength: 5 })).map(
    ([words, chosen]) => chosen.map(([index, part]) => partOf(words[index % words.length] ?? 'on', part)),
  );
  const others = array(oneof(constantFrom(...ODD_WORDS), constantFrom(...misleading)), {
    minLength: 1,
    maxLength: 2,
  });
  const words = oneof(
    { arbitrary: ofOnePost, weight: 6 },
    { arbitrary: tuple(ofOnePost, others).map(([some, more]) => [...some, ...more]), weight: 2 },
    { arbitrary: array(ofOnePost, { minLength: 2, maxLength: 3 }).map((several) => several.flat()), weight: 1 },
    { arbitrary: others, weight: 1 },
  );
  const filter = record(
    {
      category: rarely(constantFrom('tech', 'life', 'thoughts', 'tutorials', 'nowhere')),
      tags: rarely(array(constantFrom(...tags, 'no-such-tag'), { minLength: 1, maxLength: 3 }).map(String)),
      author: rarely(constantFrom(...authors, 999_999).map(String)),
      page: rarely(constantFrom('2', '10', '10000')),
      limit: rarely(constantFrom('1', '100')),
    },
    { noNullPrototype: true },
  );
  const path = tuple(words, filter).map(([list, parameters]) => {
    const search = list.join(' ').slice(0, 100).toWellFormed();
    const given = Object.entries({ ...parameters, search }).filter(([, value]) => value !== undefined);
    return `/api/posts?${new URLSearchParams(given as [string, string][]).toString()}`;
  });
  return sample(path, { numRuns: count, seed });
}

const rarely = (value: Arbitrary<string>) =>
  oneof({ arbitrary: constant(undefined), weight: 3 }, { arbitrary: value, weight: 1 });

function partOf(word: string, [start, length]: readonly [number, number]): string {
  const characters = Array.from(word);
  // Short words that are not Chinese are found whole.
  if (length === 0 || characters.length <= length || (length < 3 && /[a-z\d]/.test(word))) return word;
  return characters
    .slice(start % (characters.length - length + 1))
    .slice(0, length)
    .join('');
}

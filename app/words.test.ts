import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from './project-root.js';

/** Words and names that stay out of code, comments, docs and messages. CONTRIBUTING.md says how we write. */
const WORDS = [
  'told',
  'tells',
  'kept',
  'whoever',
  'strangers?',
  'nobody',
  'somebody',
  'afresh',
  'anew',
  'worlds?',
  'by and by',
  'under way',
  'at hand',
];
/** Names that were replaced: `ResponseCache`, not `KeptAnswers`. */
const NAMES = [
  'saysNothing',
  'madeOf',
  'answersBy',
  'ClientGone',
  'MemberGroup',
  'wellFormed',
  'PROGRAM_PATHS',
  'answeringModels',
  'beginByAsking',
  'keepOneWriter',
  'TunedDatabase',
  'Contestant',
  'PageTurner',
  'ShownOnce',
];
/** Text that is prose by nature, or not ours. */
const EXEMPT = [
  /(^|\/)package-lock\.json$/,
  /^LICENSE$/,
  /(^|\/)corpus-[\w-]+\.ts$/, // what the demonstration posts say
  /common-passwords/,
  /^app\/words\.test\.ts$/,
];
const TEXT = /\.(ts|js|cjs|vue|css|pug|md|html|json|ya?ml|conf|svg)$|(^|\/)(Dockerfile|\.env\.example|\.ci\/[^/]+)$/;
const ALLOWED = /hello,? world/gi;

const word = new RegExp(String.raw`\b(${WORDS.join('|')})\b`, 'i');
const name = new RegExp(String.raw`\b(${NAMES.join('|')})\b`);

it('finds the listed words in prose and in identifiers', () => {
  expect(['It is kept.', 'keptPosts', 'KEPT_MS', 'tests/kept-posts.ts', 'madeOf:'].map(findWord)).toEqual([
    'kept',
    'kept',
    'KEPT',
    'kept',
    'madeOf',
  ]);
  expect(['keeps', 'Hello, world', 'intolerable', 'newer'].map(findWord)).toEqual(Array(4).fill(undefined));
});

it('code, comments, docs and messages use none of the words that stay out', () => {
  const found = files().flatMap((file) => {
    const inPath = findWord(file);
    const lines = partOf(file).split('\n').map(findWord);
    return [
      ...(inPath ? [`${file}: ${inPath} (in the path)`] : []),
      ...lines.flatMap((each, index) => (each ? [`${file}:${index + 1}: ${each}`] : [])),
    ];
  });

  expect(found).toEqual([]);
});

/** Tracked files and new ones that are not ignored. */
function files(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
  });
  return list.split('\0').filter((file) => TEXT.test(file) && !EXEMPT.some((pattern) => pattern.test(file)));
}

/** The text of a file; of the changelog what is not released yet, since released parts are not rewritten. */
function partOf(file: string): string {
  const text = readFileSync(join(PROJECT_ROOT, file), 'utf8');
  return file === 'CHANGELOG.md' ? text.replace(/^## \[?\d[\s\S]*/m, '') : text;
}

/** The first listed word in a line; identifiers count as their parts, `keptPosts` as "kept posts". */
function findWord(line: string): string | undefined {
  const prose = line
    .replace(ALLOWED, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ');
  return word.exec(prose)?.[1] ?? name.exec(line)?.[1];
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from './project-root.js';

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: PROJECT_ROOT,
  encoding: 'utf8',
}).split('\0');
const folders = new Set(tracked.flatMap(foldersOf));
const pages = tracked.filter((file) => /^([A-Z]+|docs\/[\w-]+|bench\/README)\.md$/.test(file));

const LINK = /\]\(([^)#:]+)(?:#[^)]*)?\)/g;
const CODE = /`([\w.-]+\/[\w./-]*)`/g;
/** Made by a build or by `npm ci`, the feature that CONTRIBUTING.md adds, and what is no path. */
const MADE = /^(public\/assets|bench\/gateway\/node_modules|dist)\b|bookmark/i;

it.each(pages)('%s names files and folders that there are', (page) => {
  const text = readFileSync(join(PROJECT_ROOT, page), 'utf8');
  const links = [...text.matchAll(LINK)].map(([, path = '']) => join(dirname(page), path));
  const named = [...text.matchAll(CODE)]
    .map(([, path = '']) => path)
    .filter((path) => folders.has(path.split('/')[0] ?? ''));

  const missing = [...links, ...named].filter((path) => !exists(path) && !MADE.test(path));
  expect(missing).toEqual([]);
});

function exists(path: string): boolean {
  const name = path.replace(/\/$/, '');
  return tracked.includes(name) || folders.has(name);
}

function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

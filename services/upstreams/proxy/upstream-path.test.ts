import { isDeepStrictEqual } from 'node:util';
import { array, check, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAllowList, upstreamTarget } from './upstream-path.js';

const hostile = array(
  constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '\\',
    '%00',
    '%25',
    '2e',
    ';',
    '%3b',
    'a',
    '%61',
    '?',
    '%c0%ae',
    ' ',
  ),
  { maxLength: 12 },
);

/** What of a path makes this untrue, if anything does. */
const exceptionTo = (holds: (raw: string) => boolean) =>
  check(
    property(hostile, (parts) => holds(`/files/${parts.join('')}`)),
    { numRuns: 5_000 },
  ).counterexample;

const decoded = (path: string) => path.replace(/(?:%[0-9A-F]{2})+/g, (code) => decodeURIComponent(code));
const staysInside = (path: string) =>
  new URL(path, 'http://x').pathname.startsWith('/files/') && !/\/\/|\\|\/\.\.?(\/|;|$)/.test(path);

describe('the path of an upstream request', () => {
  it('never leaves its prefix, however often it is decoded', () => {
    const exception = exceptionTo((raw) => {
      const { path } = upstreamTarget(raw) ?? { path: '/files/' };
      return [path, decoded(path), decoded(decoded(path))].every(staysInside);
    });
    expect(exception).toBeNull();
  });

  it('is normalized once and for all', () => {
    const exception = exceptionTo((raw) => {
      const once = upstreamTarget(raw);
      return !once || isDeepStrictEqual(upstreamTarget(once.path + once.query), once);
    });
    expect(exception).toBeNull();
  });

  it('contains no character that normalization turns into a separator', () => {
    const characters = Array.from({ length: 0x1ffff - 0x80 }, (_, index) => String.fromCodePoint(0x80 + index));
    const passed = characters.filter((each) => each.isWellFormed() && upstreamTarget(`/${encodeURIComponent(each)}`));
    expect(passed.length).toBeGreaterThan(120_000);
    for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) {
      expect(passed.filter((each) => /[./\\%]/.test(each.normalize(form)))).toEqual([]);
    }
  });
});

describe('an allow-list', () => {
  const rules = [
    { methods: ['GET' as const], paths: ['/items', '/items/*', '/a.b', '/'] },
    { methods: ['POST' as const], paths: ['/items/:id', '/x/*/y'] },
  ];
  const list = createAllowList(rules);

  it.each([
    ['GET', '/items', 'allowed'],
    ['GET', '/', 'allowed'],
    ['GET', '/items/a/b', 'allowed'],
    ['GET', '/items/', 'no-path'],
    ['GET', '/itemsa', 'no-path'],
    ['GET', '/aXb', 'no-path'],
    ['POST', '/items/7', 'allowed'],
    ['POST', '/items', ['GET']],
    ['DELETE', '/items/7', ['GET', 'POST']],
    ['POST', '/x/1/y', 'allowed'],
    ['POST', '/x/1/2/y', 'no-path'],
    ['POST', '/x//y', 'no-path'],
  ])('%s %s: %s', (method, path, verdict) => {
    expect(list.check(method, path)).toEqual(verdict);
  });
});

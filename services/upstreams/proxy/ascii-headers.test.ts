import { assert, constantFrom, oneof, property, tuple, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { asciiHeaders, asciiValue } from './ascii-headers.js';

const bytes = uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value).toString('latin1'));
const disposition = tuple(
  constantFrom('attachment', 'inline', 'form-data', ''),
  constantFrom('filename', 'filename*', 'x'),
  bytes,
).map(([type, parameter, value]) => `${type}; ${parameter}="${value}"; filename*=UTF-8''${value}`);

it('writes any bytes in ASCII, without CR and LF', () => {
  assert(
    property(constantFrom('content-disposition', 'etag', 'x-any'), oneof(bytes, disposition), (name, value) => {
      expect(asciiValue(name, value)).toMatch(/^[\t\x20-\x7e]*$/);
    }),
    { numRuns: 5_000 },
  );
});

it('does not change ASCII', () => {
  for (const value of ['attachment; filename="a%20b.txt"; size=3', 'W/"a"', '', 'a\tb']) {
    expect(asciiValue('content-disposition', value)).toBe(value);
  }
});

it('joins the lines of one name, but not cookies', () => {
  const headers = { vary: 'a', 'x-two': ['é', 'b'], 'set-cookie': ['a=\xe9', 'b=1'] };
  expect(asciiHeaders(headers as never)).toEqual({ vary: 'a', 'x-two': '%E9, b', 'set-cookie': ['a=%E9', 'b=1'] });
});

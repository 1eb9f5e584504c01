import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCase } from './user.js';

describe('foldCase', () => {
  it.each([
    ['Ada', 'aDA'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['e\u0301', '\u00c9'],
    ['Å', 'Å'],
    ['ﬁ', 'FI'],
    ['Ｗ', 'w'],
  ])('takes %s and %s for the same', (one, other) => {
    expect(foldCase(one)).toBe(foldCase(other));
  });

  it.each([
    ['ada', 'adá'],
    ['ı', 'l'],
    ['0', 'o'],
  ])('keeps %s and %s apart', (one, other) => {
    expect(foldCase(one)).not.toBe(foldCase(other));
  });

  it('gives capitals and small letters one form, and that form itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const folded = foldCase(text);
        expect(foldCase(folded)).toBe(folded);
        expect(foldCase(text.toUpperCase())).toBe(folded);
      }),
      { numRuns: 2_000 },
    );
  });
});

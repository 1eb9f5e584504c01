import { describe, expect, it } from 'vitest';
import { createPick, type Candidate } from './balancing.js';

const candidate = (url: string, weight = 1, inFlight = 0): Candidate => ({ url, weight, inFlight });
const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')];

function urls(balance: Parameters<typeof createPick>[0], candidates: Candidate[], times: number, key = ''): string[] {
  const pick = createPick(balance);
  return Array.from({ length: times }, () => pick(candidates, key).url);
}
const share = (picked: string[], url: string) => picked.filter((each) => each === url).length / picked.length;

describe('balancing', () => {
  it('takes turns', () => {
    const picked = urls('round-robin', [a, b, c], 300);
    for (const url of ['a', 'b', 'c']) expect(share(picked, url)).toBeCloseTo(1 / 3, 5);
    expect(new Set(picked.slice(0, 3)).size).toBe(3);
  });

  it('spreads weights as nginx does: 5, 1, 1 are not five in a row', () => {
    expect(urls('weighted', [candidate('a', 5), b, c], 7)).toEqual(['a', 'a', 'b', 'a', 'c', 'a', 'a']);
  });

  it('picks the least busy for its weight', () => {
    expect(urls('least-connections', [candidate('a', 1, 3), candidate('b', 1, 1), candidate('c', 1, 2)], 3)).toEqual([
      'b',
      'b',
      'b',
    ]);
    expect(urls('least-connections', [candidate('a', 1, 1), candidate('b', 4, 3)], 2)).toEqual(['b', 'b']);
    expect(new Set(urls('least-connections', [a, b, c], 3)).size).toBe(3);
  });

  it('picks the less busy of two at random: never the busiest of all', () => {
    const picked = urls('random', [candidate('a', 1, 9), candidate('b', 1, 1), candidate('c', 1, 2)], 1_000);
    expect(share(picked, 'a')).toBe(0);
    expect(share(picked, 'b')).toBeGreaterThan(0.5);
    expect(urls('random', [a], 3)).toEqual(['a', 'a', 'a']);
  });

  it('leads an address to the same instance, and moves few when an instance is removed', () => {
    const pick = createPick('address-hash');
    const keys = Array.from({ length: 3_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    const before = keys.map((key) => pick([a, b, c], key).url);
    const after = keys.map((key) => pick([a, c], key).url);

    expect(keys.map((key) => pick([c, b, a], key).url)).toEqual(before);
    for (const url of ['a', 'b', 'c']) expect(Math.abs(share(before, url) - 1 / 3)).toBeLessThan(0.05);
    expect(before.every((url, index) => url === 'b' || url === after[index])).toBe(true);
    const heavy = keys.map((key) => pick([candidate('a', 3), b], key).url);
    expect(Math.abs(share(heavy, 'a') - 0.75)).toBeLessThan(0.05);
  });
});

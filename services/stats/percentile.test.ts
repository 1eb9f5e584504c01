import { expect, it } from 'vitest';
import { percentile } from './percentile.js';

const buckets = [
  { upToMs: 5, count: 50 },
  { upToMs: 10, count: 49 },
  { upToMs: 100, count: 0 },
  { upToMs: Infinity, count: 1 },
];

it.each([
  [0.5, 5],
  [0.25, 2.5],
  [0.75, 7.6],
  [0.99, 10],
  [1, 100],
])('estimates the share %s of durations', (share, ms) => {
  expect(percentile(buckets, share)).toBe(ms);
});

it('has nothing to say where nothing was measured', () => {
  expect(percentile([], 0.5)).toBeNull();
  expect(percentile([{ upToMs: 5, count: 0 }], 0.5)).toBeNull();
});

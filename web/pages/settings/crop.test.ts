import { describe, expect, it } from 'vitest';
import { centered, moved, sideOf, zoomed } from './crop';

const WIDE = { width: 400, height: 200 };

describe('a crop', () => {
  it('begins as the largest square in the middle', () => {
    expect(centered(WIDE)).toEqual({ x: 200, y: 100, zoom: 1 });
    expect(sideOf(centered(WIDE), WIDE)).toBe(200);
  });

  it('stays inside the picture when it is moved', () => {
    expect(moved(centered(WIDE), 1000, 1000, WIDE)).toMatchObject({ x: 300, y: 100 });
    expect(moved(centered(WIDE), -1000, 0, WIDE)).toMatchObject({ x: 100, y: 100 });
  });

  it('comes back into the picture when it grows at an edge', () => {
    const corner = moved(zoomed(centered(WIDE), 4, WIDE), 1000, 1000, WIDE);

    expect(corner).toEqual({ x: 375, y: 175, zoom: 4 });
    expect(zoomed(corner, 1, WIDE)).toEqual({ x: 300, y: 100, zoom: 1 });
  });

  it('is enlarged four times at most', () => {
    expect(zoomed(centered(WIDE), 9, WIDE).zoom).toBe(4);
    expect(zoomed(centered(WIDE), 0, WIDE).zoom).toBe(1);
  });
});

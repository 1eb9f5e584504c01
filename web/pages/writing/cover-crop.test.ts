import { describe, expect, it } from 'vitest';
import { centerOf, frameAround } from './cover-crop';

describe('the frame of a cover', () => {
  it.each([
    ['tall', { width: 900, height: 1600 }],
    ['wide', { width: 4000, height: 900 }],
    ['square', { width: 1000, height: 1000 }],
  ])('is 16:9 and inside of a %s picture, wherever it is moved', (_name, size) => {
    for (const center of [centerOf({ x: 0, y: 0, ...size }), { x: -500, y: 9_999 }, { x: 9_999, y: -500 }]) {
      for (const zoom of [0, 1, 2.5, 99]) {
        const frame = frameAround(size, center, zoom);
        expect(frame.width / frame.height).toBeCloseTo(16 / 9);
        expect(frame.x).toBeGreaterThanOrEqual(0);
        expect(frame.y).toBeGreaterThanOrEqual(0);
        expect(frame.x + frame.width).toBeLessThanOrEqual(size.width + 1e-6);
        expect(frame.y + frame.height).toBeLessThanOrEqual(size.height + 1e-6);
      }
    }
  });
  it('is as large as it can be at first', () => {
    expect(frameAround({ width: 1600, height: 1000 }, { x: 800, y: 500 }, 1)).toEqual({
      x: 0,
      y: 50,
      width: 1600,
      height: 900,
    });
  });
});

/** The part of a picture that becomes a cover, in the picture's pixels. */
export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Size {
  width: number;
  height: number;
}

export const MAX_ZOOM = 4;
const RATIO = 16 / 9;

/** The largest part of 16:9, divided by `zoom`, around this center, as far as it stays inside. */
export function frameAround({ width, height }: Size, center: { x: number; y: number }, zoom: number): Frame {
  const scale = Math.min(Math.max(zoom, 1), MAX_ZOOM);
  const frame = { width: Math.min(width, height * RATIO) / scale, height: Math.min(height, width / RATIO) / scale };
  return {
    ...frame,
    x: clamp(center.x - frame.width / 2, width - frame.width),
    y: clamp(center.y - frame.height / 2, height - frame.height),
  };
}

export function centerOf({ x, y, width, height }: Frame): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}

/** Which square of a picture is cut out: its center in the picture's pixels, and how often it fits into the shorter side. */
export interface Crop {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export const MAX_ZOOM = 4;

/** The largest square in the middle. */
export function centered({ width, height }: Size): Crop {
  return { x: width / 2, y: height / 2, zoom: 1 };
}

/** Moved by pixels of the picture, as far as the square stays inside. */
export function moved(crop: Crop, byX: number, byY: number, size: Size): Crop {
  const half = sideOf(crop, size) / 2;
  return {
    ...crop,
    x: clamp(crop.x + byX, half, size.width - half),
    y: clamp(crop.y + byY, half, size.height - half),
  };
}

/** Around the same center, as far as the square stays inside. */
export function zoomed(crop: Crop, zoom: number, size: Size): Crop {
  return moved({ ...crop, zoom: clamp(zoom, 1, MAX_ZOOM) }, 0, 0, size);
}

/** The side of the square in the picture's pixels. */
export function sideOf({ zoom }: Crop, { width, height }: Size): number {
  return Math.min(width, height) / zoom;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

import sharp from 'sharp';
import type { Random } from './random.js';

const WIDTH = 1280;
const HEIGHT = 720;

/** Ground and arcs, from the palette of the pages (hues around 300) and its neighbors. */
const PALETTES = [
  ['#f4eefb', '#7a3fb0', '#b98be0', '#3b1d5c'],
  ['#1d1428', '#c79bf2', '#8a52c7', '#f1e6ff'],
  ['#fbf3ec', '#a4508b', '#5f0a87', '#e0a96d'],
  ['#eef4f0', '#4d7c6f', '#7a3fb0', '#a9c9b8'],
  ['#221a2e', '#e0a96d', '#b98be0', '#7a3fb0'],
] as const;

/** A picture for a post: concentric arcs around a dot, like a cut onion. JPEG: the quickest to decode and re-encode. */
export function drawCover(random: Random): Promise<Buffer> {
  const [ground, ...inks] = random.pick(PALETTES);
  const [x, y] = [random.between(25, 75) / 100, random.between(30, 80) / 100];
  const rings = random.between(6, 11);
  const arcs = Array.from({ length: rings }, (_, index) => {
    const radius = 60 + index * random.between(62, 92);
    const length = random.between(40, 88);
    const turn = random.between(0, 359);
    return (
      `<circle cx="0" cy="0" r="${radius}" fill="none" stroke="${random.pick(inks)}" stroke-width="${random.between(10, 30)}" ` +
      `stroke-linecap="round" pathLength="100" stroke-dasharray="${length} ${100 - length}" transform="rotate(${turn})"/>`
    );
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">
    <rect width="100%" height="100%" fill="${ground}"/>
    <g transform="translate(${x * WIDTH} ${y * HEIGHT})"><circle r="22" fill="${inks[0]}"/>${arcs.join('')}</g></svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 92 }).toBuffer();
}

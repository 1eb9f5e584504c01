import sharp, { type Sharp, type SharpOptions } from 'sharp';

/** Pixels of all frames together: each takes three or four bytes while it is worked on. */
const MAX_PIXELS = 40_000_000;
/** Each costs time whatever its size. */
const MAX_FRAMES = 500;
export const VARIANT_WIDTHS = [320, 1280] as const;
/** WebP has no longer side (RFC 9649 section 2.7). */
const WEBP_SIDE = 16_383;

export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp';
const EXTENSIONS: Readonly<Record<ImageFormat, string>> = { jpeg: 'jpg', png: 'png', gif: 'gif', webp: 'webp' };

/** A finished file. */
export interface ImageFile {
  path: string;
  /** Without a dot. */
  extension: string;
  /** In bytes. */
  size: number;
  width: number;
  height: number;
}

export interface ProcessedImage extends ImageFile {
  /** Narrowest first; of a picture that is narrower as wide as it is. */
  variants: (ImageFile & { maxWidth: number })[];
}

sharp.concurrency(1);
sharp.cache(false); // nothing is decoded twice, so what it would keep is of no use

const OPTIONS: SharpOptions = { limitInputPixels: MAX_PIXELS, sequentialRead: true, failOn: 'warning' };

/**
 * Decodes a picture and re-encodes it beside `source`, upright and in sRGB, so that nothing survives but what can be
 * seen: no metadata, no text behind the last pixel. Animations stay animated; their variants are the first frame.
 *
 * @throws Error in the words of sharp, when it is no such picture, too large or cannot be decoded to its end.
 */
export async function reencode(source: string, format: ImageFormat): Promise<ProcessedImage> {
  const metadata = await sharp(source, OPTIONS).metadata();
  if (metadata.format !== format) throw new Error(`${format} to its first bytes, ${metadata.format} to the decoder`);
  const { width, height, pages = 1 } = metadata;
  if (pages > MAX_FRAMES) throw new Error('frame limit');
  if (width * height * pages > MAX_PIXELS) throw new Error('pixel limit, all frames together');

  // Frames are decoded as one tall picture, which cannot be turned; no animation says which way up it is.
  const opened = pages > 1 ? sharp(source, { ...OPTIONS, animated: true }) : sharp(source, OPTIONS).autoOrient();
  const full = await write(encoded(opened, format), `${source}-full`, EXTENSIONS[format]);

  const variants: ProcessedImage['variants'] = [];
  let larger = source;
  for (const maxWidth of VARIANT_WIDTHS.toReversed()) {
    const resized = sharp(larger, OPTIONS)
      .autoOrient()
      .resize({ width: maxWidth, height: WEBP_SIDE, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 });
    const file = await write(resized, `${source}-${maxWidth}`, 'webp');
    variants.unshift({ ...file, maxWidth });
    larger = file.path; // the next is made of this one: decoding the picture once more would take longer than the rest
  }
  return { ...full, variants };
}

function encoded(image: Sharp, format: ImageFormat): Sharp {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: 85, optimiseCoding: false }); // which would take all of it at once into memory
    case 'png':
      return image.png();
    case 'gif':
      return image.gif();
    case 'webp':
      return image.webp({ quality: 85, effort: 2 }); // more takes half a minute at 40 megapixels
  }
}

async function write(image: Sharp, path: string, extension: string): Promise<ImageFile> {
  const { width, height, pageHeight, size } = await image.toFile(path);
  return { path, extension, size, width, height: pageHeight ?? height };
}

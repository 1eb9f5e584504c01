import { open } from 'node:fs/promises';
import pLimit from 'p-limit';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { TooLarge, Unavailable, UnsupportedMediaType, ValidationFailed } from '../errors.js';

/** Pixels of all frames together: each takes three or four bytes while it is worked on. */
const MAX_PIXELS = 40_000_000;
/** A picture of that size takes a few seconds; what takes longer was made to. */
const TIMEOUT_SECONDS = 20;
/** About half a minute of waiting at a second a picture. */
const MAX_WAITING = 32;
export const VARIANT_WIDTHS = [320, 1280] as const;
/** WebP has no longer side (RFC 9649 section 2.7). */
const WEBP_SIDE = 16_383;

/** What each kind of file begins with. Bytes that begin otherwise are shown to no decoder. */
const SIGNATURES = {
  jpeg: (start: string) => start.startsWith('\xff\xd8\xff'),
  png: (start: string) => start.startsWith('\x89PNG\r\n\x1a\n'),
  gif: (start: string) => /^GIF8[79]a/.test(start),
  webp: (start: string) => start.startsWith('RIFF') && start.startsWith('WEBP', 8),
} as const;
const SIGNATURE_BYTES = 12;

type Format = keyof typeof SIGNATURES;
const EXTENSIONS: Readonly<Record<Format, string>> = { jpeg: 'jpg', png: 'png', gif: 'gif', webp: 'webp' };

/** A finished file in the folder of the work. */
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

export type ImageProcessor = ReturnType<typeof createImageProcessor>;

/**
 * Decodes strangers' pictures and writes them anew, upright and in sRGB, so that nothing survives but what can be seen:
 * no metadata, no text behind the last pixel. Animations stay animated; their variants are the first frame.
 *
 * One at a time in each process, each in one thread of the pool: side by side they would hold as many bitmaps in memory,
 * and the threads that database reads need.
 */
export function createImageProcessor() {
  sharp.concurrency(1);
  sharp.cache(false); // nothing is decoded twice, so what it keeps is of no use
  const oneAtATime = pLimit(1);

  return {
    /**
     * @param source a file of whatever kind; the results are written beside it.
     * @param field what errors name.
     * @throws UnsupportedMediaType for anything but JPEG, PNG, GIF and WebP, by content.
     * @throws TooLarge above 40 megapixels, ValidationFailed when it cannot be decoded to its end.
     * @throws Unavailable when too many are waiting.
     */
    async process(source: string, field: string): Promise<ProcessedImage> {
      const format = await formatOf(source, field);
      if (oneAtATime.pendingCount >= MAX_WAITING) {
        throw new Unavailable('too many pictures wait to be processed', { retryAfterSeconds: 10 });
      }
      try {
        return await oneAtATime(() => process(source, format));
      } catch (cause) {
        throw translated(cause as Error, field);
      }
    },
  };
}

/** @throws UnsupportedMediaType */
async function formatOf(source: string, field: string): Promise<Format> {
  const start = Buffer.alloc(SIGNATURE_BYTES);
  const file = await open(source);
  try {
    await file.read(start, 0, SIGNATURE_BYTES, 0);
  } finally {
    await file.close();
  }
  const text = start.toString('latin1');
  for (const [format, signature] of Object.entries(SIGNATURES)) if (signature(text)) return format as Format;
  throw new UnsupportedMediaType(undefined, { fields: [field], sentence: 'imageKind' });
}

const OPTIONS: SharpOptions = { limitInputPixels: MAX_PIXELS, sequentialRead: true, failOn: 'warning' };

async function process(source: string, format: Format): Promise<ProcessedImage> {
  const metadata = await sharp(source, OPTIONS).metadata();
  if (metadata.format !== format) throw new Error(`${format} to its first bytes, ${metadata.format} to the decoder`);
  const { width, height, pages = 1 } = metadata;
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

function encoded(image: Sharp, format: Format): Sharp {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: 85 });
    case 'png':
      return image.png();
    case 'gif':
      return image.gif();
    case 'webp':
      return image.webp({ quality: 85 });
  }
}

async function write(image: Sharp, path: string, extension: string): Promise<ImageFile> {
  const { width, height, pageHeight, size } = await image.timeout({ seconds: TIMEOUT_SECONDS }).toFile(path);
  return { path, extension, size, width, height: pageHeight ?? height };
}

/** sharp throws plain errors with the words of the library that failed. */
function translated(cause: Error, field: string): Error {
  const { message } = cause;
  if (/No space left|quota exceeded/i.test(message)) return new Unavailable('the disk is full', { cause });
  const about = { cause, fields: [field] };
  if (/pixel limit|timeout/.test(message)) return new TooLarge(message, { ...about, sentence: 'imagePixels' });
  return new ValidationFailed(message, { ...about, sentence: 'imageBroken' });
}

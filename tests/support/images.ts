import { randomFillSync } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';

/** A picture of noise: nothing compresses it, so that few pixels make many bytes. */
export function noise(width: number, height: number): Sharp {
  return sharp(randomFillSync(Buffer.alloc(width * height * 3)), { raw: { width, height, channels: 3 } });
}

/** A picture of one color. */
export function plain(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: '#7c4d9f' }, limitInputPixels: false });
}

/** An animation in which no frame is like the one before. */
export function animation(width: number, pageHeight: number, frames: number): Sharp {
  const height = pageHeight * frames;
  const pixels = randomFillSync(Buffer.alloc(width * height * 3));
  return sharp(pixels, { raw: { width, height, channels: 3, pageHeight }, limitInputPixels: false });
}

/** A JPEG of about so many bytes, as cameras make them: many pixels, with a picture's amount of detail. */
export async function photograph(bytes: number): Promise<Buffer> {
  const [width, height] = [4_000, 3_000];
  const grain = await noise(width / 2, height / 2)
    .jpeg()
    .toBuffer();
  for (let quality = 50; quality <= 100; quality += 5) {
    const photo = await sharp(grain)
      .resize(width, height)
      .withMetadata({ orientation: 6 })
      .jpeg({ quality })
      .toBuffer();
    if (photo.length > bytes * 0.8) return padded(photo, bytes);
  }
  throw new Error('no photograph of that size');
}

/** Bytes after a picture's end belong to the file but not to the picture. */
export function padded(image: Buffer, bytes: number): Buffer {
  return Buffer.concat([image.subarray(0, bytes), Buffer.alloc(Math.max(0, bytes - image.length), 'x')]);
}

/** A form with these files in one field. */
export function formOf(field: string, ...files: (Buffer | [content: Buffer, name: string, type?: string])[]): FormData {
  const form = new FormData();
  for (const file of files) {
    const [content, name, type = 'image/png'] = Array.isArray(file) ? file : ([file, 'picture.png'] as const);
    form.append(field, new Blob([new Uint8Array(content)], { type }), name);
  }
  return form;
}

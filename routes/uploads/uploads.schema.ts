import { z } from 'zod';
import type { StoredImage, Upload } from '../../models/uploads/uploads.js';
import { pagination, paging } from '../fields.schema.js';

const imageFields = {
  url: z.string().describe('Path on this server; its content never changes'),
  size: z.int().describe('Bytes'),
  width: z.int(),
  height: z.int(),
};

export const uploadSchema = z
  .object({
    id: z.int(),
    originalName: z.string().describe('File name given at upload'),
    filename: z.string(),
    ...imageFields,
    variants: z.array(z.object(imageFields)).describe('WebP, at most 320 and at most 1280 pixels wide'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Upload' });

export const uploadAnswer = z.object({ message: z.string(), file: uploadSchema });
export const uploadsAnswer = z.object({ message: z.string(), files: z.array(uploadSchema) });
export const uploadListQuery = z.object(paging);
export const uploadListAnswer = z.object({
  files: z.array(uploadSchema),
  pagination,
  quota: z
    .object({ usedBytes: z.int(), limitBytes: z.int() })
    .describe('What my pictures take, their smaller sizes included, and may take together'),
});

export function presentUpload(upload: Upload): z.input<typeof uploadSchema> {
  const { id, originalName, filename, variants, createdAt } = upload;
  return {
    id,
    originalName,
    filename,
    ...presentImage(upload),
    variants: variants.map(presentImage),
    createdAt: createdAt.toISOString(),
  };
}

function presentImage({ filename, size, width, height }: StoredImage) {
  return { url: `/uploads/${filename}`, size, width, height };
}

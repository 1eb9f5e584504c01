import { randomBytes } from 'node:crypto';

const MAX_LENGTH = 80;

/** A title as part of an address: letters and digits of any script, joined by hyphens. */
export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, MAX_LENGTH)
    .toWellFormed()
    .replaceAll(/^-|-$|\ufffd/g, '');
  return slug || 'post';
}

/** For a title that another post has already: a random suffix, since counting would cost a look-up for each. */
export function slugBesides(slug: string): string {
  return `${slug}-${randomBytes(4).toString('hex')}`;
}

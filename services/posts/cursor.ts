import type { Cursor } from '../../models/posts/post-finder.js';
import { ValidationFailed } from '../errors.js';

/** A cursor as text for an address. */
export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws ValidationFailed for what is no cursor. */
export function readCursor(cursor: string): Cursor {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if ((typeof value === 'string' || typeof value === 'number') && Number.isSafeInteger(id))
      return [value, Number(id)];
  } catch {
    // The error below says so.
  }
  throw new ValidationFailed(undefined, { fields: ['after'] });
}

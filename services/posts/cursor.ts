import { ValidationFailed } from '../errors.js';

/** Where a page of an endless list ends: the value that the list is sorted by, and the id of the last post. */
export function writeCursor(value: string | number, id: number): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

/** @throws ValidationFailed for what is no cursor. */
export function readCursor(cursor: string): [string | number, number] {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if ((typeof value === 'string' || typeof value === 'number') && Number.isSafeInteger(id))
      return [value, Number(id)];
  } catch {
    // The error below says so.
  }
  throw new ValidationFailed(undefined, { fields: ['after'] });
}

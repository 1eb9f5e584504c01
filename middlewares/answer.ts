import { hash } from 'node:crypto';
import type { z } from 'zod';

/** An answer as it is sent. */
export interface Answer {
  /** JSON: in bytes where it is sent again, so that they are made once; else as text, which Node sends along with the headers. */
  body: Buffer | string;
  /** Stands for the body in its ETag. */
  hash: string;
}

/**
 * Makes answers by a schema, which drops every field not declared there.
 *
 * @param madeOf names the object that all of an answer follows from, if there is one. An object seen before brings the
 *   same answer again, so that the work is done once for each: what the cache keeps is the same object for everybody.
 */
export function answersBy(schema: z.ZodType, madeOf?: (result: never) => object) {
  const made = new WeakMap<object, Answer>();

  return function answerOf(result: unknown): Answer {
    const basis = madeOf?.(result as never);
    const known = basis && made.get(basis);
    if (known) return known;
    const json = JSON.stringify(schema.parse(result));
    const body = basis ? Buffer.from(json) : json;
    const answer = { body, hash: hash('sha1', body, 'base64url').slice(0, 16) };
    if (basis) made.set(basis, answer);
    return answer;
  };
}

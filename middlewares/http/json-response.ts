import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { CachedResponse } from '../../services/cache/responses.js';

/** A response as it is sent. */
export interface JsonResponse {
  /** JSON: in bytes where it is sent again, so that they are made once; else as text, which Node sends with the headers. */
  body: Buffer | string;
  /** Of the body, for its ETag. */
  hash: string;
}

/** A result whose response is cached with what the result is made from. */
export class CachedResult<Result> {
  constructor(
    readonly cached: CachedResponse,
    /** Called for the first response alone. */
    readonly make: () => Result,
  ) {}
}

/** @param cached of the cache entry that the whole result follows from; undefined when it depends on the caller. */
export function cachedResult<Result>(
  cached: CachedResponse | undefined,
  make: () => Result,
): Result | CachedResult<Result> {
  return cached ? new CachedResult(cached, make) : make();
}

/** Turns results into responses by a schema, which drops every field not declared there. */
export function jsonResponses(schema: z.ZodType) {
  const jsonOf = (result: unknown) => JSON.stringify(schema.parse(result));

  return function jsonResponse(result: unknown): JsonResponse {
    if (!(result instanceof CachedResult)) return hashed(jsonOf(result));
    return (result.cached.serialized ??= hashed(Buffer.from(jsonOf(result.make()))));
  };
}

function hashed<Body extends Buffer | string>(body: Body): { body: Body; hash: string } {
  return { body, hash: hash('sha1', body, 'base64url').slice(0, 16) };
}

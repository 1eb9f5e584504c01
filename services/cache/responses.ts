/** The HTTP response made of a cache entry: serialized by the first caller who gets it, sent to all after that. */
export interface CachedResponse {
  serialized?: { body: Buffer; hash: string };
}

/** Of one entry. What most callers get is the same. */
const MAX_VARIANTS = 8;

/** The responses made of one cache entry, as a part of it, by what they add for their callers. */
export interface Responses {
  /** @param variant empty for the entry as it is */
  of(variant: string): CachedResponse;
}

export function createResponses(): Responses {
  const responses = new Map<string, CachedResponse>();
  return {
    of(variant) {
      const known = responses.get(variant);
      if (known) return known;
      if (responses.size >= MAX_VARIANTS) responses.clear();
      const response = {};
      responses.set(variant, response);
      return response;
    },
  };
}

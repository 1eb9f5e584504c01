import type { RouteLocationNormalizedLoaded } from 'vue-router';

/** Where the list of a page begins, as its link to the next part says: empty for the first part. */
export function cursorIn({ query }: RouteLocationNormalizedLoaded): string {
  return typeof query.after === 'string' ? query.after : '';
}

import type { LocationQueryValue } from 'vue-router';

/**
 * The path to go back to after signing in, out of `?next=`. Only ever a path on this site: a crafted
 * link must not redirect to another site. The URL parser decides, since browsers drop tabs and turn `\` into `/`.
 */
export function returnTarget(
  next: LocationQueryValue | LocationQueryValue[] | undefined,
  origin = location.origin,
): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/';
  try {
    const url = new URL(next, origin);
    // `/.//elsewhere` is a path here whose own text, read again, is an address elsewhere.
    const elsewhere = url.origin !== origin || url.pathname.startsWith('//');
    return elsewhere ? '/' : url.pathname + url.search + url.hash;
  } catch {
    return '/';
  }
}

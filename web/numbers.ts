import type { Locale } from './api/types';

/** "1.2K": of a number that is read in passing. */
export function formatCount(count: number, locale: Locale): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(count);
}

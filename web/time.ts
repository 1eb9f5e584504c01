import type { Locale } from './api/types';

const STEPS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const WEEK_MS = 7 * 86_400_000;

/** "3 hours ago", "yesterday"; undefined when the distance is a week or more and a date says it better. */
export function formatRelative(date: Date, now: Date, locale: Locale): string | undefined {
  const distanceMs = date.getTime() - now.getTime();
  if (Math.abs(distanceMs) >= WEEK_MS) return undefined;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, unitMs] of STEPS) {
    if (Math.abs(distanceMs) >= unitMs) return format.format(Math.trunc(distanceMs / unitMs), unit);
  }
  return format.format(0, 'second');
}

/** @param timeZone default: the browser's */
export function formatDate(date: Date, locale: Locale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(date);
}

/** @param timeZone default: the browser's */
export function formatDateTime(date: Date, locale: Locale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short', timeZone }).format(date);
}

import type { Context } from '../state.js';

/**
 * The version that `If-Match` names (RFC 9110 section 13.1.1): undefined when it names none, NaN, which equals no version,
 * when it is no ETag of ours.
 */
export function versionInIfMatch(ctx: Context): number | undefined {
  const condition = ctx.get('If-Match').trim();
  if (condition === '' || condition === '*') return undefined;
  return Number(/^(?:W\/)?"(\d{1,15})(?:-[\w-]+)?"$/.exec(condition)?.[1] ?? NaN);
}

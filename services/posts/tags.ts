export const MAX_TAGS = 10;

/** Tags as they are stored: in lowercase, without the sign in front, each once, in the order given. */
export function normalizeTags(tags: readonly string[]): string[] {
  const names = tags.map((tag) =>
    tag.normalize('NFKC').trim().replace(/^#+/, '').replaceAll(/\s+/g, ' ').toLowerCase(),
  );
  return [...new Set(names.filter(Boolean))].slice(0, MAX_TAGS);
}

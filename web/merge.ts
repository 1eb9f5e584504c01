/** Three states of a form: what it began with, what has been typed, and what the server has now. */
interface Merged<T> {
  values: T;
  /** The fields that were changed on both sides to different values, dotted, with the server's value in `values`. */
  conflicts: string[];
}

/**
 * Merges what was typed into the server's newer state: a field that was not touched takes the server's value. Values
 * are what JSON can hold, and the three have the same fields.
 */
export function mergeValues<T extends object>(base: T, typed: T, server: T, path = ''): Merged<T> {
  const values = { ...server };
  const conflicts: string[] = [];
  for (const key in server) {
    const name = path + key;
    const [before, mine, theirs] = [base[key], typed[key], server[key]];
    if (isObject(before) && isObject(mine) && isObject(theirs)) {
      const inner = mergeValues(before, mine, theirs, `${name}.`);
      values[key] = inner.values;
      conflicts.push(...inner.conflicts);
    } else if (mine !== before && theirs === before) {
      values[key] = mine;
    } else if (mine !== before && mine !== theirs) {
      conflicts.push(name);
    }
  }
  return { values, conflicts };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

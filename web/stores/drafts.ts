import { defineStore } from 'pinia';

/** What was typed, and the saved state it started from, which shows later changes by others. */
export interface Draft<T> {
  base: T;
  typed: T;
}

/**
 * Stores unsaved input when the session expires; signing in again restores it. In memory only, once, and only for the
 * same account: a shared computer must not show one person's words to the next.
 */
export const useDrafts = defineStore('drafts', () => {
  const drafts = new Map<string, { owner: number; draft: string }>();

  function keep(key: string, owner: number, draft: Draft<object>): void {
    drafts.set(key, { owner, draft: JSON.stringify(draft) });
  }

  function take<T>(key: string, owner: number | undefined): Draft<T> | undefined {
    const stored = drafts.get(key);
    drafts.delete(key);
    return stored !== undefined && stored.owner === owner ? JSON.parse(stored.draft) : undefined;
  }

  /** Whether there is one, for what shows a form only on demand. */
  function has(key: string, owner: number | undefined): boolean {
    return drafts.get(key)?.owner === owner && owner !== undefined;
  }

  return { keep, take, has };
});

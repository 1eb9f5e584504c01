import { defineStore } from 'pinia';

/**
 * What was being written when a session died, so that signing in again brings it back. In memory only, once, and only
 * for the same person (as JSON): a shared computer must not show one person's words to the next.
 */
export const useDrafts = defineStore('drafts', () => {
  const drafts = new Map<string, { owner: number; values: string }>();

  function keep(key: string, owner: number, values: string): void {
    drafts.set(key, { owner, values });
  }

  function take(key: string, owner: number | undefined): string | undefined {
    const draft = drafts.get(key);
    drafts.delete(key);
    return draft !== undefined && draft.owner === owner ? draft.values : undefined;
  }

  return { keep, take };
});

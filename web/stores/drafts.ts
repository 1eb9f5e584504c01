import { defineStore } from 'pinia';

/** What was typed, and the state it was typed into: by that a later change of others is seen. */
export interface KeptDraft<T> {
  base: T;
  typed: T;
}

/**
 * What was being written when a session died, so that signing in again brings it back. In memory only, once, and only
 * for the same person (as JSON): a shared computer must not show one person's words to the next.
 */
export const useDrafts = defineStore('drafts', () => {
  const drafts = new Map<string, { owner: number; draft: string }>();

  function keep(key: string, owner: number, draft: KeptDraft<object>): void {
    drafts.set(key, { owner, draft: JSON.stringify(draft) });
  }

  function take<T>(key: string, owner: number | undefined): KeptDraft<T> | undefined {
    const kept = drafts.get(key);
    drafts.delete(key);
    return kept !== undefined && kept.owner === owner ? JSON.parse(kept.draft) : undefined;
  }

  return { keep, take };
});

import { readStored, removeStored, store, storedKeys } from '../../storage';
import { storedTextKey } from '../../stored-texts';
import type { PostValues } from './post-values';

/** What has been typed and the server may not have. */
export interface LocalCopy {
  id: string;
  /** Null: a post that the server does not know yet. */
  postId: number | null;
  /** What it began with. */
  version: number | null;
  base: PostValues;
  values: PostValues;
  /** When it was stored, in milliseconds. */
  at: number;
}

/** A page that is reloaded may release its lock a moment after the next one asks for it. */
const LOCK_WAIT_MS = 500;

/** The texts of one account in this browser, one for each editor that was open. */
export function createLocalCopies(owner: number) {
  const keyOf = (id: string): string => storedTextKey(owner, id);

  return {
    read: (id: string): LocalCopy | null => parse(readStored('localStorage', keyOf(id))),

    /** @returns whether it is stored: storage can be full or forbidden. */
    write: (copy: LocalCopy): boolean => store('localStorage', keyOf(copy.id), JSON.stringify(copy)),

    remove: (id: string): void => removeStored('localStorage', keyOf(id)),

    /** Of this post, the newest first. */
    of(postId: number | null): LocalCopy[] {
      return storedKeys('localStorage', keyOf(''))
        .flatMap((key) => parse(readStored('localStorage', key)) ?? [])
        .filter((copy) => copy.postId === postId)
        .toSorted((one, other) => other.at - one.at);
    },
  };
}
export type LocalCopies = ReturnType<typeof createLocalCopies>;

/**
 * Takes a copy for this page, until it ends: two tabs never write to the same one.
 *
 * @returns a function that gives it back, or null when another tab has it. Browsers without locks lend it to all.
 */
export function lockCopy(id: string): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    navigator.locks
      .request(
        `allium.writing.${id}`,
        { signal: AbortSignal.timeout(LOCK_WAIT_MS) },
        () => new Promise<void>((release) => resolve(release)),
      )
      .catch(() => resolve(null));
  });
}

function parse(json: string | null): LocalCopy | null {
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    return null;
  }
}

import type { PostRow } from '../../models/posts/post.js';
import type { Revisions, RevisionMark } from '../../models/posts/revisions.js';
import type { Transaction } from '../../models/queries.js';

/** Earlier versions of a post; the oldest go first. */
const MAX_REVISIONS = 50;
/** An editor saves every few seconds; of these versions one for each of these spans stays. */
const AUTOSAVE_SPAN_MS = 5 * 60_000;

/**
 * Stores a post's version that is about to be replaced. The one before that goes if it was one of several that the same
 * person has saved within five minutes. So what stays is how the post was when a person began, every five minutes after,
 * when they stopped, and the version before the current one.
 */
export async function storeRevision(revisions: Revisions, transaction: Transaction, post: PostRow): Promise<void> {
  const [latest, before] = await revisions.latest(transaction, post.id, 2);
  await revisions.add(transaction, post.id);
  const stored = { savedBy: post.savedBy ?? post.authorId, savedAt: post.updatedAt.getTime() };
  if (latest && before && isAutosave(before, latest) && isAutosave(latest, stored)) {
    await revisions.remove(transaction, post.id, latest.version);
  } else await revisions.trim(transaction, post.id, MAX_REVISIONS);
}

/** Whether `next` was saved by the same person soon after. */
function isAutosave(one: Saved, next: Saved): boolean {
  return one.savedBy === next.savedBy && next.savedAt - one.savedAt < AUTOSAVE_SPAN_MS;
}
type Saved = Pick<RevisionMark, 'savedBy' | 'savedAt'>;

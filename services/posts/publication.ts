import type { PostRow, PostStatus } from '../../models/posts/post.js';
import { ValidationFailed } from '../errors.js';

/** A post's state with its times. */
export type Publication = Pick<PostRow, 'status' | 'publishAt' | 'publishedAt'>;

export interface PublicationChange {
  status?: PostStatus | undefined;
  /** ISO 8601; null and the empty text mean none. */
  publishAt?: string | null | undefined;
}

/** What a new post is before its first state is set. */
export const UNPUBLISHED: Publication = { status: 'draft', publishAt: null, publishedAt: null };

/**
 * What a change makes of a post's state. Each state can follow each: draft, scheduled, published, archived.
 *
 * @throws ValidationFailed (`publishAt`) when a scheduled post has no time, or a new one that is past; and when a post
 * in another state is given one.
 */
export function publicationAfter(
  before: Publication,
  { status = before.status, publishAt }: PublicationChange,
  now = new Date(),
): Publication {
  const at = publishAt === undefined ? before.publishAt : publishAt ? new Date(publishAt) : null;
  if (status !== 'scheduled') {
    if (publishAt) throw refused('onlyScheduled');
    const publishedAt = status === 'published' ? (before.publishedAt ?? now) : before.publishedAt;
    return { status, publishAt: null, publishedAt };
  }
  if (!at) throw refused('required');
  // The time that it has already may have come while it was edited.
  if (at <= now && at.getTime() !== before.publishAt?.getTime()) throw refused('future');
  return { status, publishAt: at, publishedAt: before.publishedAt };
}

const refused = (sentence: string) =>
  new ValidationFailed(`publishAt: ${sentence}`, { fields: ['publishAt'], sentence });

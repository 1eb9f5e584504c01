import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { commentPolicy } from '../comments/comment-policy.js';
import type { CommentService } from '../comments/comment-service.js';
import { DomainError, Forbidden, type ErrorCode } from '../errors.js';
import { mediaPolicy } from '../media/media-policy.js';
import type { MediaService } from '../media/media-service.js';
import { postPolicy } from '../posts/post-policy.js';
import type { PostService } from '../posts/post-service.js';
import type { ContentChoice } from '../users/account-removal.js';
import { userPolicy } from '../users/user-policy.js';
import type { UserService } from '../users/user-service.js';
import { currentActor, type CurrentActor } from '../write-as.js';

export const USER_ACTIONS = ['activate', 'deactivate', 'delete'] as const;
export const POST_ACTIONS = ['publish', 'archive', 'delete'] as const;

/** What became of each row: one that fails stops no other. */
export interface BulkResult {
  done: number[];
  failed: { id: number; code: ErrorCode }[];
}

/** Failures that are about one row. All others end the request: they would be the same for every row. */
const ABOUT_ONE_ROW: ReadonlySet<ErrorCode> = new Set(['not_found', 'forbidden', 'last_admin', 'account_active']);

const POST_STATES = { publish: 'published', archive: 'archived' } as const;

interface BulkServiceDeps {
  models: Models;
  users: UserService;
  posts: PostService;
  comments: CommentService;
  media: MediaService;
}

/** One action on many rows, each in a write of its own: other writes wait for one row at most. */
export function createBulkService({ models, users, posts, comments, media }: BulkServiceDeps) {
  return {
    /** @throws Forbidden */
    async users(
      actor: Actor,
      action: (typeof USER_ACTIONS)[number],
      ids: readonly number[],
      content: ContentChoice,
    ): Promise<BulkResult> {
      return forEach(actor, userPolicy.govern, ids, (id) => {
        // It would end the credential that the other rows need, and leaving takes the password.
        if (id === actor.id && action !== 'activate') return Promise.reject(new Forbidden());
        return action === 'delete'
          ? users.remove(actor, id, content)
          : users.update(actor, id, { isActive: action === 'activate' });
      });
    },

    /** @throws Forbidden */
    async posts(actor: Actor, action: (typeof POST_ACTIONS)[number], ids: readonly number[]): Promise<BulkResult> {
      return forEach(actor, postPolicy.oversee, ids, (id) =>
        action === 'delete' ? posts.remove(actor, id) : posts.update(actor, id, { status: POST_STATES[action] }),
      );
    },

    /** Deletes comments with their replies. @throws Forbidden */
    async comments(actor: Actor, ids: readonly number[]): Promise<BulkResult> {
      return forEach(actor, commentPolicy.oversee, ids, (id) => comments.remove(actor, id));
    },

    /** Deletes pictures. @throws Forbidden */
    async uploads(actor: Actor, ids: readonly number[]): Promise<BulkResult> {
      return forEach(actor, mediaPolicy.oversee, ids, (id) => media.remove(actor, id));
    },
  };

  async function forEach(
    actor: Actor,
    may: (actor: CurrentActor) => boolean,
    ids: readonly number[],
    work: (id: number) => Promise<unknown>,
  ): Promise<BulkResult> {
    await allow(actor, may);
    const result: BulkResult = { done: [], failed: [] };
    for (const id of new Set(ids)) {
      try {
        await work(id);
        result.done.push(id);
      } catch (error) {
        if (!(error instanceof DomainError) || !ABOUT_ONE_ROW.has(error.code)) throw error;
        result.failed.push({ id, code: error.code });
      }
    }
    await allow(actor, may); // rights that have ended meanwhile are not about one row
    return result;
  }

  async function allow(actor: Actor, may: (actor: CurrentActor) => boolean): Promise<void> {
    if (!may(await currentActor(models, actor))) throw new Forbidden();
  }
}

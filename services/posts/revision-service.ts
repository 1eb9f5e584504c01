import type { Models } from '../../models/index.js';
import type { Revision } from '../../models/posts/revisions.js';
import type { Page } from '../../models/queries.js';
import type { Actor } from '../actor.js';
import { Forbidden, NotFound } from '../errors.js';
import type { Subject } from '../viewer.js';
import { currentActor } from '../write-as.js';
import { postPolicy } from './post-policy.js';
import type { PostService } from './post-service.js';

export type RevisionService = ReturnType<typeof createRevisionService>;

/** Earlier versions of posts. */
export function createRevisionService({ models, posts }: { models: Models; posts: Pick<PostService, 'update'> }) {
  return {
    /** Newest first. @throws NotFound, Forbidden */
    async page(viewer: Subject, postId: number, page: Page) {
      await requireAccess(viewer, postId);
      return models.revisions.page(postId, page);
    },

    find,

    /**
     * Makes a new version with the texts of an earlier one; state and times stay.
     *
     * @param versions the ones that the writer says they have seen; each has to be the current one.
     * @throws NotFound, Forbidden, VersionConflict, ValidationFailed
     */
    async restore(actor: Actor, postId: number, version: number, versions: readonly number[]) {
      const { title, content, excerpt, category, tags, coverImage } = await find(
        await currentActor(models, actor), // the rights may have ended while the request arrived
        postId,
        version,
      );
      return posts.update(actor, postId, { title, content, excerpt, category, tags, coverImage }, versions);
    },
  };

  /** @throws NotFound, Forbidden */
  async function find(viewer: Subject, postId: number, version: number): Promise<Revision> {
    await requireAccess(viewer, postId);
    const revision = await models.revisions.find(postId, version);
    if (!revision) throw new NotFound();
    return revision;
  }

  async function requireAccess(viewer: Subject, postId: number): Promise<void> {
    const post = await models.posts.findAccess(postId);
    if (!post || !postPolicy.read(viewer, post)) throw new NotFound();
    if (!postPolicy.readRevisions(viewer, post)) throw new Forbidden();
  }
}

import type { PostStatus } from '../../models/posts/post.js';
import { isEditor, type Subject } from '../viewer.js';

interface Owned {
  /** Null when the author's account has been deleted: the post is then for editors alone to change. */
  authorId: number | null;
  status: PostStatus;
}

/** Who may do what with a post. Pure: no I/O, no HTTP. */
export const postPolicy = {
  /** Drafts, scheduled and archived posts are for their author and editors. */
  read: (viewer: Subject | undefined, post: Owned) => post.status === 'published' || mayEdit(viewer, post),
  update: (viewer: Subject, post: Owned) => mayEdit(viewer, post),
  /** Earlier versions may say what was taken back. */
  readRevisions: (viewer: Subject, post: Owned) => mayEdit(viewer, post),
  remove: (viewer: Subject, post: Owned) => mayEdit(viewer, post),
  /** Lists of everybody's unpublished posts. */
  oversee: (viewer: Subject) => isEditor(viewer),
};

function mayEdit(viewer: Subject | undefined, { authorId }: Pick<Owned, 'authorId'>): boolean {
  return viewer !== undefined && (viewer.id === authorId || isEditor(viewer));
}

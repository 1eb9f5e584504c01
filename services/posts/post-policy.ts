import type { PostStatus } from '../../models/post.js';
import type { Viewer } from '../viewer.js';

type Actor = Pick<Viewer, 'id' | 'role'>;
interface Owned {
  authorId: number;
  status: PostStatus;
}

/** Who may do what with a post. Pure: no I/O, no HTTP. */
export const postPolicy = {
  /** Drafts and archived posts are for their author and administrators. */
  read: (viewer: Actor | undefined, post: Owned) => post.status === 'published' || mayEdit(viewer, post),
  update: (viewer: Actor, post: Owned) => mayEdit(viewer, post),
  remove: (viewer: Actor, post: Owned) => mayEdit(viewer, post),
  /** Everybody's unpublished posts, and figures about all. */
  oversee: (viewer: Actor) => viewer.role === 'admin',
};

function mayEdit(viewer: Actor | undefined, { authorId }: Pick<Owned, 'authorId'>): boolean {
  return viewer !== undefined && (viewer.id === authorId || viewer.role === 'admin');
}

import type { PostStatus } from '../../models/post.js';
import { postPolicy } from '../posts/post-policy.js';
import type { Viewer } from '../viewer.js';

type Actor = Pick<Viewer, 'id' | 'role'>;
interface Post {
  authorId: number;
  status: PostStatus;
}
interface Comment {
  authorId: number;
}

/** Who may do what with comments. Pure: no I/O, no HTTP. Whoever may not read the post sees no comment at all. */
export const commentPolicy = {
  read: (viewer: Actor | undefined, post: Post) => postPolicy.read(viewer, post),
  write: (viewer: Actor, post: Post) => postPolicy.read(viewer, post),
  /** Nobody's words are changed by another, an administrator included. */
  update: (viewer: Actor, comment: Comment) => viewer.id === comment.authorId,
  /** The post's author keeps house below it. */
  remove: (viewer: Actor, comment: Comment, post: Post) =>
    viewer.role === 'admin' || viewer.id === comment.authorId || viewer.id === post.authorId,
};

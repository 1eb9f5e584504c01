import type { PostStatus } from '../../models/post.js';
import { postPolicy } from '../posts/post-policy.js';
import { isEditor, type Subject } from '../viewer.js';

/** `authorId` is null when that account has been deleted: nobody has an author's rights then. */
interface Post {
  authorId: number | null;
  status: PostStatus;
}
interface Comment {
  authorId: number | null;
}

/** Who may do what with comments. Pure: no I/O, no HTTP. Whoever may not read the post sees no comment at all. */
export const commentPolicy = {
  read: (viewer: Subject | undefined, post: Post) => postPolicy.read(viewer, post),
  write: (viewer: Subject, post: Post) => postPolicy.read(viewer, post),
  /** Nobody's words are changed by another, whatever their role. */
  update: (viewer: Subject, comment: Comment) => viewer.id === comment.authorId,
  /** The post's author keeps house below it, and editors everywhere. */
  remove: (viewer: Subject, comment: Comment, post: Post) =>
    isEditor(viewer) || viewer.id === comment.authorId || viewer.id === post.authorId,
};

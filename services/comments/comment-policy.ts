import type { PostStatus } from '../../models/posts/post.js';
import { postPolicy } from '../posts/post-policy.js';
import { isEditor, type Subject } from '../viewer.js';

/** `authorId` is null when that account has been deleted: there are no author's rights then. */
interface Post {
  authorId: number | null;
  status: PostStatus;
}
interface Comment {
  authorId: number | null;
}

/** Who may do what with comments. Pure: no I/O, no HTTP. Who may not read the post sees no comment. */
export const commentPolicy = {
  read: (viewer: Subject | undefined, post: Post) => postPolicy.read(viewer, post),
  write: (viewer: Subject, post: Post) => postPolicy.read(viewer, post),
  /** The list of all comments. */
  oversee: (viewer: Subject) => isEditor(viewer),
  /** By their author alone, whatever the role. */
  update: (viewer: Subject, comment: Comment) => viewer.id === comment.authorId,
  /** Also by the post's author, and by editors everywhere. */
  remove: (viewer: Subject, comment: Comment, post: Post) =>
    isEditor(viewer) || viewer.id === comment.authorId || viewer.id === post.authorId,
};

import type { z } from 'zod';
import type { commentListAnswer, commentSchema } from '../../routes/comments/comments.schema';
import type { categoryListAnswer } from '../../routes/categories/categories.schema';
import type {
  authorSchema,
  likeAnswer,
  postPageAnswer,
  postSchema,
  postSummarySchema,
  relatedAnswer,
} from '../../routes/posts/posts.schema';
import type { tagListAnswer } from '../../routes/tags/tags.schema';
import type { followAnswer, profileAnswer } from '../../routes/users/users.schema';
import { request } from './client';

export type Author = z.output<typeof authorSchema>;
export type PostSummary = z.output<typeof postSummarySchema>;
/** Without its Markdown, which only editors need. */
export type Post = Omit<z.output<typeof postSchema>, 'content'>;
export interface PostAnswer {
  post: Post;
}
/** A part of a list that goes on by cursors. */
export interface PostPart {
  posts: PostSummary[];
  /** The cursor of the next part; null at the end. */
  next: string | null;
}
export type PostPage = z.output<typeof postPageAnswer>;
export type Comment = z.output<typeof commentSchema>;
export type CommentPage = z.output<typeof commentListAnswer>;
export type CategoryList = z.output<typeof categoryListAnswer>;
export type TagList = z.output<typeof tagListAnswer>;
/** A person as others see them. */
export type ProfileAnswer = z.output<typeof profileAnswer>;
export type RelatedAnswer = z.output<typeof relatedAnswer>;
type LikeAnswer = z.output<typeof likeAnswer>;
type FollowAnswer = z.output<typeof followAnswer>;

export const postAddress = (slug: string): string => `/api/posts/slug/${encodeURIComponent(slug)}`;

export const profileAddress = (username: string): string => `/api/users/username/${encodeURIComponent(username)}`;

export const relatedAddress = (id: number): string => `/api/posts/${id}/related`;

export function likePost(id: number, liked: boolean): Promise<LikeAnswer> {
  return request(liked ? 'POST' : 'DELETE', `/api/posts/${id}/like`);
}

export function addComment(
  postId: number,
  comment: { content: string; parentId: number | null },
): Promise<{ comment: Comment }> {
  return request('POST', `/api/posts/${postId}/comments`, { body: comment });
}

export function editComment(id: number, content: string): Promise<{ comment: Comment }> {
  return request('PATCH', `/api/comments/${id}`, { body: { content } });
}

export function deleteComment(id: number): Promise<null> {
  return request('DELETE', `/api/comments/${id}`);
}

export function followUser(id: number, follow: boolean): Promise<FollowAnswer> {
  return request(follow ? 'POST' : 'DELETE', `/api/users/${id}/follow`);
}

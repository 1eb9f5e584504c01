import type { z } from 'zod';
import type { changedPostSchema, newPostSchema, postSchema, savedPostAnswer } from '../../routes/posts/posts.schema';
import type { revisionAnswer, revisionListAnswer } from '../../routes/posts/writing.schema';
import type { uploadListAnswer, uploadSchema } from '../../routes/uploads/uploads.schema';
import { request } from './client';
import { postAddress } from './posts';

/** A post with its Markdown. */
export type EditablePost = z.output<typeof postSchema>;
export type PostStatus = EditablePost['status'];
export type NewPost = z.input<typeof newPostSchema>;
export type PostChange = z.input<typeof changedPostSchema>;
export type RevisionPage = z.output<typeof revisionListAnswer>;
export type RevisionSummary = RevisionPage['revisions'][number];
export type Revision = z.output<typeof revisionAnswer>['revision'];
export type Upload = z.output<typeof uploadSchema>;
export type UploadPage = z.output<typeof uploadListAnswer>;
type SavedPost = z.output<typeof savedPostAnswer>;

/** What the server takes, in characters and numbers. */
export const MAX_TITLE = 100;
export const MAX_CONTENT = 50_000;
export const MAX_EXCERPT = 200;
export const MAX_TAGS = 10;
/** What the server takes as a picture. */
export const PICTURE_TYPES = 'image/jpeg,image/png,image/gif,image/webp';

export async function fetchPostBySlug(slug: string, signal?: AbortSignal): Promise<EditablePost> {
  return (await request<{ post: EditablePost }>('GET', postAddress(slug), { signal })).post;
}

export async function fetchPost(id: number): Promise<EditablePost> {
  return (await request<{ post: EditablePost }>('GET', `/api/posts/${id}`)).post;
}

export async function createPost(post: NewPost): Promise<EditablePost> {
  return (await request<SavedPost>('POST', '/api/posts', { body: post })).post;
}

/** @param change.version the one that was read: with another one on the server the change is refused as a conflict */
export async function changePost(id: number, change: PostChange): Promise<EditablePost> {
  return (await request<SavedPost>('PATCH', `/api/posts/${id}`, { body: change })).post;
}

export function deletePost(id: number): Promise<unknown> {
  return request('DELETE', `/api/posts/${id}`);
}

export function previewContent(content: string, signal: AbortSignal): Promise<{ html: string }> {
  return request('POST', '/api/posts/preview', { body: { content }, signal });
}

export const revisionsAddress = (postId: number): string => `/api/posts/${postId}/revisions`;

export async function fetchRevision(postId: number, version: number): Promise<Revision> {
  return (await request<{ revision: Revision }>('GET', `${revisionsAddress(postId)}/${version}`)).revision;
}

export async function restoreRevision(postId: number, version: number, seen: number): Promise<EditablePost> {
  const path = `${revisionsAddress(postId)}/${version}/restore`;
  return (await request<SavedPost>('POST', path, { body: { version: seen } })).post;
}

export function deleteUpload(id: number): Promise<null> {
  return request('DELETE', `/api/upload/${id}`);
}

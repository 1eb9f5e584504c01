import { request } from './client';

/** A figure by day, oldest first. */
export interface DayFigures {
  date: string;
  posts: number;
  comments: number;
  likes: number;
  views: number;
  signIns: number;
  requests: number;
  errors: number;
  p50Ms: number | null;
  p99Ms: number | null;
}

export type PostStatus = 'draft' | 'scheduled' | 'published' | 'archived';

/** A post in a list of administrators. */
export interface PostRow {
  id: number;
  slug: string;
  title: string;
  author: { id: number; username: string } | null;
  category: string;
  status: PostStatus;
  viewCount: number;
  likeCount: number;
  commentCount: number;
  publishedAt: string | null;
  createdAt: string;
}

export interface CommentRow {
  id: number;
  content: string;
  author: { id: number; username: string } | null;
  post: { id: number; slug: string; title: string };
  createdAt: string;
}

export interface UploadRow {
  id: number;
  originalName: string;
  url: string;
  width: number;
  height: number;
  totalSize: number;
  variants: { url: string }[];
  owner: { id: number; username: string } | null;
  createdAt: string;
}

export interface Category {
  slug: string;
  names: { en: string; 'zh-CN': string };
  postCount: number;
}

export interface Tag {
  name: string;
  postCount: number;
}

export interface Check {
  id: string;
  rule: string;
  source: string;
  level: 'must' | 'should';
  ok: boolean;
  found: string;
  remedy: string;
}

export interface Setting {
  name: string;
  isSet: boolean;
  value: string | null;
}

/** What became of each row of a bulk action. */
export interface BulkResult {
  done: number[];
  failed: { id: number; error: string }[];
}

export type BulkTarget = 'users' | 'posts' | 'comments' | 'uploads';
export type BulkAction = 'activate' | 'deactivate' | 'publish' | 'archive' | 'delete';

export function changeInBulk(target: BulkTarget, action: BulkAction, ids: readonly number[]): Promise<BulkResult> {
  return request('POST', `/api/admin/${target}/bulk`, { body: { action, ids } });
}

export function endSessions(userId: number): Promise<null> {
  return request('DELETE', `/api/admin/users/${userId}/sessions`);
}

export function createCategory(names: Category['names'], slug: string): Promise<unknown> {
  return request('POST', '/api/categories', { body: { names, ...(slug === '' ? {} : { slug }) } });
}

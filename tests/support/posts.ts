import type { Client } from './client.js';

/** A post as the API returns it. */
export interface PostAnswer {
  id: number;
  slug: string;
  version: number;
  viewCount: number;
  likeCount: number;
  commentCount: number;
}

/** Writes a post, published unless `fields` say otherwise. */
export async function writePost(author: Client, fields: Record<string, unknown> = {}): Promise<PostAnswer> {
  const post = { title: 'A post', content: 'Some text', category: 'tech', status: 'published', ...fields };
  const answer = await author.post('/api/posts', post);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json<{ post: PostAnswer }>().post;
}

export async function readPost(reader: Client, id: number): Promise<PostAnswer> {
  const answer = await reader.get(`/api/posts/${id}`);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json<{ post: PostAnswer }>().post;
}

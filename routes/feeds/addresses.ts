/** The public addresses of what is published, below an origin such as https://example.com */
export const addressesAt = (origin: string) => ({
  post: (slug: string) => `${origin}/posts/${encodeURIComponent(slug)}`,
  profile: (username: string) => `${origin}/@${encodeURIComponent(username)}`,
  tag: (name: string) => `${origin}/tags/${encodeURIComponent(name)}`,
  category: (slug: string) => `${origin}/categories/${encodeURIComponent(slug)}`,
  /** Of a picture, which may be one of ours by its path. */
  picture: (path: string) => new URL(path, origin).href,
});

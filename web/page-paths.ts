/** Addresses of pages that are made from data. */
export const postPath = (slug: string): string => `/posts/${encodeURIComponent(slug)}`;
export const personPath = (username: string): string => `/@${encodeURIComponent(username)}`;
export const tagPath = (name: string): string => `/tags/${encodeURIComponent(name)}`;
export const categoryPath = (slug: string): string => `/categories/${encodeURIComponent(slug)}`;

/** What both databases of the Fastify peer select, and how it becomes a response. */

/** @param viewer the parameter with the viewer's id */
export const summaryOf = (viewer) => `p.id, p.slug, p.title, p.excerpt, p.tags, p.cover_image AS "coverImage", p.status,
  p.view_count AS "viewCount", p.like_count AS "likeCount", p.comment_count AS "commentCount", p.version,
  p.published_at AS "publishedAt", p.created_at AS "createdAt", p.updated_at AS "updatedAt", c.slug AS category,
  u.id AS "authorId", u.username, u.name AS "authorName", u.avatar AS "authorAvatar",
  EXISTS (SELECT 1 FROM likes l WHERE l.user_id = ${viewer} AND l.post_id = p.id) AS "likedByMe"`;
export const USER = `SELECT id, username, email, name, age, avatar, role, is_active AS "isActive",
  first_name AS "firstName", last_name AS "lastName", bio, website, location, last_login AS "lastLogin",
  created_at AS "createdAt", updated_at AS "updatedAt" FROM users WHERE id =`;
export const PASSWORD = 'SELECT id, password_hash AS "passwordHash" FROM users WHERE email_key =';
export const PUBLISHED = "p.status = 'published'";
const COLUMNS = {
  publishedAt: 'p.published_at',
  createdAt: 'p.created_at',
  viewCount: 'p.view_count',
  likeCount: 'p.like_count',
  title: 'p.title',
};

export function orderBy(sort) {
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  return `ORDER BY ${COLUMNS[sort.replace('-', '')]} ${direction}, p.id ${direction}`;
}

export const mayRead = (viewer, post) => post && (post.status === 'published' || post.authorId === viewer);

export const pageOf = ({ page: current, limit }, posts, total) => ({
  posts,
  pagination: { current, pages: Math.ceil(total / limit), total, limit },
});

/** PostgreSQL's driver makes dates, which Fastify writes as they are. */
const isoTime = (stored) => (typeof stored === 'string' ? `${stored.slice(0, 10)}T${stored.slice(11, 23)}Z` : stored);

export function present({ authorId, username, authorName, authorAvatar, ...post }) {
  return {
    ...post,
    author: { id: authorId, username, name: authorName, avatar: authorAvatar },
    tags: JSON.parse(post.tags),
    likedByMe: Boolean(post.likedByMe),
    publishedAt: isoTime(post.publishedAt),
    createdAt: isoTime(post.createdAt),
    updatedAt: isoTime(post.updatedAt),
  };
}

export function presentUser({ firstName, lastName, bio, website, location, ...user }) {
  return {
    ...user,
    isActive: Boolean(user.isActive),
    profile: { firstName, lastName, bio, website, location },
    fullName: [firstName, lastName].filter(Boolean).join(' ') || (user.name ?? user.username),
    lastLogin: isoTime(user.lastLogin),
    createdAt: isoTime(user.createdAt),
    updatedAt: isoTime(user.updatedAt),
  };
}

/** JSON Schema: Fastify checks input by it and writes answers with code made from it. */
const int = { type: 'integer' };
const string = { type: 'string' };
const boolean = { type: 'boolean' };
const nullable = { type: ['string', 'null'] };
const object = (properties) => ({ type: 'object', properties });

const author = object({ id: int, username: string, name: nullable, avatar: nullable });
const summary = {
  id: int,
  slug: string,
  title: string,
  excerpt: string,
  author,
  category: string,
  tags: { type: 'array', items: string },
  coverImage: nullable,
  status: string,
  viewCount: int,
  likeCount: int,
  commentCount: int,
  likedByMe: boolean,
  publishedAt: nullable,
  createdAt: string,
  updatedAt: string,
  version: int,
};
const post = object({ ...summary, content: string, html: string });
const profile = object({
  firstName: nullable,
  lastName: nullable,
  bio: nullable,
  website: nullable,
  location: nullable,
});
const user = object({
  id: int,
  username: string,
  email: string,
  name: nullable,
  age: { type: ['integer', 'null'] },
  avatar: nullable,
  role: string,
  isActive: boolean,
  profile,
  fullName: string,
  lastLogin: nullable,
  createdAt: string,
  updatedAt: string,
});
const pagination = object({ current: int, pages: int, total: int, limit: int });
const params = { ...object({ id: { type: 'integer', minimum: 1 } }), required: ['id'] };
const answers = (status, properties) => ({ [status]: object(properties) });

export const login = {
  body: { ...object({ email: string, password: string }), required: ['email', 'password'] },
};
export const me = { response: answers(200, { user }) };
export const list = {
  querystring: object({
    page: { type: 'integer', minimum: 1, default: 1 },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
    category: string,
    search: { type: 'string', maxLength: 100 },
    sort: { type: 'string', pattern: '^-?(publishedAt|createdAt|viewCount|likeCount|title)$', default: '-publishedAt' },
  }),
  response: answers(200, { posts: { type: 'array', items: object({ ...summary, highlight: string }) }, pagination }),
};
export const show = { params, response: answers(200, { post }) };
export const like = { params, response: answers(200, { message: string, likeCount: int, liked: boolean }) };
export const create = {
  body: {
    ...object({
      title: { type: 'string', minLength: 1, maxLength: 100 },
      content: { type: 'string', minLength: 1, maxLength: 50_000 },
      category: { type: 'string', minLength: 1, maxLength: 50 },
      excerpt: { type: ['string', 'null'], maxLength: 200 },
      tags: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 50 }, maxItems: 10 },
      coverImage: { type: ['string', 'null'], maxLength: 500 },
      status: { type: 'string', enum: ['draft', 'published', 'archived'] },
    }),
    required: ['title', 'content', 'category'],
    additionalProperties: false,
  },
  response: answers(201, { message: string, post }),
};

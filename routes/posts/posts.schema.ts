import { z } from 'zod';
import { POST_STATUSES } from '../../models/posts/post.js';
import { POST_SORT_FIELDS } from '../../models/posts/post-filter.js';
import { MAX_TAGS } from '../../services/posts/tags.js';
import { clearable, id, longText, name, pagination, paging, picture, sort, text } from '../fields.schema.js';

export const authorSchema = z
  .object({ id: z.int(), username: z.string(), name: z.string().nullable(), avatar: z.string().nullable() })
  .meta({ id: 'Author' });

/** Of a post or a comment. */
export const contentAuthorSchema = authorSchema
  .nullable()
  .describe('`null` when the account has been deleted; show “Deleted user”');

const time = z.iso.datetime();

export const postSummarySchema = z
  .object({
    id: z.int(),
    slug: z.string(),
    title: z.string(),
    excerpt: z.string(),
    author: contentAuthorSchema,
    category: z.string().describe('Slug of the category'),
    tags: z.array(z.string()),
    coverImage: z.string().nullable(),
    status: z.enum(POST_STATUSES),
    viewCount: z.int(),
    likeCount: z.int(),
    commentCount: z.int(),
    likedByMe: z.boolean(),
    publishAt: time.nullable().describe('When a scheduled post will be published'),
    publishedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
    version: z.int().describe('Incremented by each edit'),
    highlight: z
      .string()
      .optional()
      .describe('With `search`: an excerpt with the matches in `<mark>`, escaped for HTML'),
  })
  .meta({ id: 'PostSummary' });

export const postSchema = postSummarySchema
  .omit({ highlight: true })
  .extend({
    content: z.string().describe('Markdown'),
    html: z.string().describe('The rendered Markdown, sanitized'),
    toc: z
      .array(z.object({ id: z.string(), text: z.string(), level: z.union([z.literal(2), z.literal(3)]) }))
      .describe('Headings of the second and third level in `html`, by their ids'),
    readingMinutes: z.int().describe('Minutes it takes to read, at least 1'),
  })
  .meta({ id: 'Post' });

export const postAnswer = z.object({ post: postSchema });
export const savedPostAnswer = z.object({ message: z.string(), post: postSchema });
export const relatedAnswer = z.object({ posts: z.array(postSummarySchema) });
export const postPageAnswer = z.object({ posts: z.array(postSummarySchema), pagination });
export const postListAnswer = z.union([
  postPageAnswer,
  z.object({ posts: z.array(postSummarySchema), next: z.string().nullable() }),
]);
export const likeAnswer = z.object({ message: z.string(), likeCount: z.int(), liked: z.boolean() });

export const contentSchema = longText(1, 50_000).describe('Markdown');
const tagList = z.array(name(1, 50)).max(MAX_TAGS);

export const newPostSchema = z
  .strictObject({
    title: name(1, 100),
    content: contentSchema,
    category: text(1, 50).describe('Slug or name of a category'),
    excerpt: clearable(longText(0, 200)).describe('Default: the beginning of the text'),
    tags: tagList.optional(),
    coverImage: picture,
    status: z.enum(POST_STATUSES).optional(),
    publishAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .optional()
      .describe('In the future; required with the state `scheduled` and refused with any other')
      .meta({ example: null }),
  })
  .meta({ id: 'NewPost' });

export const seenVersion = z
  .int()
  .positive()
  .optional()
  .describe('The version you have read; a different current version is a conflict');
export const replacedPostSchema = newPostSchema.extend({ version: seenVersion }).meta({ id: 'ReplacedPost' });
export const changedPostSchema = newPostSchema.partial().extend({ version: seenVersion }).meta({ id: 'ChangedPost' });

const newestFirst = { field: 'publishedAt', descending: true } as const;

export const feedQuery = z.object({ ...paging, sort: sort(POST_SORT_FIELDS, newestFirst) });
export const postListQuery = feedQuery.extend({
  category: text(1, 50).optional(),
  tags: text(1, 500)
    .transform((list) => list.split(',').filter((tag) => tag.trim() !== ''))
    .optional()
    .describe('Comma-separated; posts with any of them'),
  author: id.optional(),
  status: z.enum(POST_STATUSES).optional(),
  search: text(0, 100).optional(),
  after: z.string().max(500).optional().describe('Empty for the first page, then the `next` of the previous page'),
});

export const slugParams = z.object({ slug: text(1, 120).meta({ example: 'peeling-an-onion' }) });

import type { z } from 'zod';
import type { PostDetail } from '../../models/posts/post-rows.js';
import { NotFound } from '../../services/errors.js';
import type { SignalSource } from '../../services/cache/shared-signal.js';
import type { Viewer } from '../../services/viewer.js';
import type { Locale, Messages } from '../../views/locales/index.js';
import type { PageAnswer } from './page-state.js';

/** What search engines and link previews read. Addresses are paths of this site. */
export interface Head {
  /** Undefined: the name of the site alone. */
  title?: string;
  description?: string;
  /** Where the page is found, whatever the address it was asked for by. */
  canonical: string;
  type?: 'website' | 'article' | 'profile';
  image?: string | null;
  /** The next part of a list. */
  next?: string | undefined;
  /** Published, changed: of an article, as ISO 8601. */
  times?: { published: string | null; changed: string };
  author?: string | undefined;
  /** JSON-LD (https://schema.org). */
  linkedData?: (origin: string) => object;
  /** Search engines do not list it. */
  noIndex?: boolean;
}

export interface PageView {
  head: Head;
  /** What the first view reads from the API. */
  answers: PageAnswer[];
  /** The post that is read on it: each visit may count as a view. */
  post?: PostDetail;
}

export interface PageInput<Query = unknown> {
  viewer: Viewer | undefined;
  params: Record<string, string>;
  query: Query;
  locale: Locale;
  messages: Messages;
  signal: SignalSource;
}

/** A page whose first view is rendered with its HTML. */
export interface Page<Query extends z.ZodType = z.ZodType> {
  /** As Vue Router and @koa/router both write it. */
  path: string;
  /** The part of the address that chooses what is shown; the rest of it is not looked at. */
  query: Query;
  /** The versions that it depends on (services/cache/invalidation.ts). */
  tags: readonly string[];
  /** @throws NotFound */
  load: (input: PageInput<z.output<Query>>) => Promise<PageView>;
}

/** The parameters of a page's address. @throws NotFound: what they cannot be, no page has. */
export function paramsOf<Schema extends z.ZodType>(schema: Schema, params: Record<string, string>): z.output<Schema> {
  const { data, success } = schema.safeParse(params);
  if (!success) throw new NotFound();
  return data;
}

export function definePage<Query extends z.ZodType>(page: Page<Query>): Page<Query> {
  return page;
}

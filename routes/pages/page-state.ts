import type { Locale } from '../../views/locales/index.js';
import type { presentUser } from '../users/users.schema.js';

/** What the application starts from, so that the first view needs no request. It is written into the page as JSON. */
export interface PageState {
  /** "unknown" when the visitor came from another site: SameSite=Strict then withholds the cookie once. */
  session: 'signed-in' | 'signed-out' | 'unknown';
  user: ReturnType<typeof presentUser> | null;
  locale: Locale;
  setupNeeded: boolean;
  /** There is nothing at this address, whatever page it looks like the address of. */
  notFound: boolean;
  /** When the page was rendered, as ISO 8601: relative times in it count from then. */
  now: string;
  /** What the API would answer at the addresses that the first view reads. */
  answers: PageAnswer[];
}

export interface PageAnswer {
  /** As `/api/posts/slug/onions`. */
  path: string;
  answer: unknown;
  /** Of a list that goes on by cursors: the one of this part, empty for the first. */
  after?: string;
}

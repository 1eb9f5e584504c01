/** The addresses of the pages, as `web/router/index.ts` has them; a test compares the two. */
const PAGES = [
  '/',
  '/sign-in',
  '/register',
  '/setup',
  '/profile',
  '/users',
  '/users/new',
  String.raw`/users/:id(\d+)`,
  '/upstreams',
] as const;

const PATTERN = new RegExp(`^(?:${PAGES.map((path) => path.replace(/:\w+\((.*?)\)/, '$1')).join('|')})/?$`, 'i'); // as Vue Router compares

/** Whether there is such a page. The application draws the one that says so for any other. */
export const isPagePath = (path: string): boolean => PATTERN.test(path);

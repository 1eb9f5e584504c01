/** Pages whose first view the browser draws, as `web/router/index.ts` has them; a test compares the two. */
export const APP_PATHS = [
  '/feed',
  '/write',
  '/posts/:slug/edit',
  '/me/posts',
  '/me/media',
  '/settings',
  '/settings/profile',
  '/settings/account',
  '/settings/password',
  '/settings/devices',
  '/settings/tokens',
  '/settings/danger',
  '/sign-in',
  '/register',
  '/setup',
  '/admin',
  '/admin/users',
  '/admin/users/new',
  '/admin/users/:id',
  '/admin/posts',
  '/admin/comments',
  '/admin/media',
  '/admin/categories',
  '/admin/upstreams',
  '/admin/doctor',
  '/admin/settings',
] as const;

/** Addresses of earlier versions, by what they are now. */
export const MOVED_PATHS = {
  '/profile': '/settings/profile',
  '/users': '/admin/users',
  '/users/new': '/admin/users/new',
  '/upstreams': '/admin/upstreams',
} as const;

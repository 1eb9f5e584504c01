import { Router } from '@koa/router';
import type { IsBrowser } from '../middlewares/client.js';
import type { AppContext, AppState } from '../middlewares/state.js';
import type { Services } from '../services/index.js';
import { authRoutes } from './auth/auth.routes.js';
import { createSignIn } from './auth/sign-in.js';
import { setupRoutes } from './setup/setup.routes.js';
import { userRoutes } from './users/users.routes.js';

/** Paths that belong to programs: below them a miss is a 404 and never the single-page application. */
export const PROGRAM_PATHS = ['/api', '/assets', '/.well-known'] as const;

/** The HTTP surface. Beside it stand the probes (system/), the files in public/ and the SPA's pages (pages/). */
export function createRouter({ isBrowser, ...services }: Services & { isBrowser: IsBrowser }) {
  const signIn = createSignIn({ isBrowser, accessTokens: services.accessTokens });
  const api = [
    authRoutes({ ...services, isBrowser, signIn }), //  /api/auth
    setupRoutes({ ...services, isBrowser, signIn }), // /api/setup
    userRoutes(services), //                            /api/users
  ];
  const router = new Router<AppState, AppContext>({ prefix: '/api', sensitive: true });
  for (const routes of api) router.use(routes.routes());
  return router;
}

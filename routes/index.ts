import { Router } from '@koa/router';
import type { IsBrowser } from '../middlewares/client.js';
import type { DeviceCookie } from '../middlewares/device-cookie.js';
import type { RelayTokenFor } from '../middlewares/gateway-request.js';
import type { AppContext, AppState } from '../middlewares/state.js';
import type { Services } from '../services/index.js';
import { doctorRoutes } from './admin/doctor.routes.js';
import { authRoutes } from './auth/auth.routes.js';
import { deviceRoutes } from './auth/devices.routes.js';
import { personalTokenRoutes } from './auth/personal-tokens.routes.js';
import { refreshRoutes } from './auth/refresh.routes.js';
import { createSignIn } from './auth/sign-in.js';
import { bffRoutes } from './bff/bff.routes.js';
import { categoryRoutes } from './categories/categories.routes.js';
import { commentRoutes } from './comments/comments.routes.js';
import { postRoutes } from './posts/posts.routes.js';
import { setupRoutes } from './setup/setup.routes.js';
import { statsRoutes } from './stats/stats.routes.js';
import { docsRoutes, type ApiDocs } from './system/docs.routes.js';
import { tagRoutes } from './tags/tags.routes.js';
import { upstreamRoutes } from './upstreams/upstreams.routes.js';
import { uploadRoutes } from './uploads/uploads.routes.js';
import { userRoutes } from './users/users.routes.js';

/** Paths that belong to programs: below them a miss is a 404 and never the single-page application. */
export const PROGRAM_PATHS = ['/api', '/gw', '/assets', '/uploads', '/.well-known'] as const;

interface RouterParts {
  isBrowser: IsBrowser;
  deviceCookie: DeviceCookie;
  docs: () => ApiDocs;
  relayTokenFor: RelayTokenFor;
}

/** The HTTP surface. Beside it stand the probes (system/), the files in public/ and the SPA's pages (pages/). */
export function createRouter({ isBrowser, deviceCookie, docs, relayTokenFor, ...services }: Services & RouterParts) {
  const signIn = createSignIn({ ...services, isBrowser, deviceCookie });
  const api = [
    authRoutes({ ...services, isBrowser, signIn }), //  /api/auth
    refreshRoutes({ ...services, isBrowser }), //       /api/auth/refresh
    deviceRoutes(services), //                          /api/auth/sessions
    personalTokenRoutes(services), //                   /api/auth/tokens
    setupRoutes({ ...services, signIn }), //            /api/setup
    userRoutes(services), //                            /api/users
    statsRoutes(services), //                           /api/posts/stats
    postRoutes(services), //                            /api/posts
    commentRoutes(services), //                         /api/posts/:id/comments, /api/comments
    categoryRoutes(services), //                        /api/categories
    tagRoutes(services), //                             /api/tags
    uploadRoutes(services), //                          /api/upload
    bffRoutes({ ...services, relayTokenFor }), //       /api/bff
    upstreamRoutes(services), //                        /api/admin/upstreams
    doctorRoutes(services), //                          /api/admin/doctor
    docsRoutes({ docs }), //                            /api/openapi.json, /api/docs
  ];
  const router = new Router<AppState, AppContext>({ prefix: '/api', sensitive: true });
  for (const routes of api) router.use(routes.routes());
  return router;
}

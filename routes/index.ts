import { Router } from '@koa/router';
import type { IsBrowser } from '../middlewares/csrf/browser.js';
import type { DeviceCookie } from '../middlewares/device-cookie.js';
import type { UpstreamTokenFor } from '../middlewares/gateway/gateway-request.js';
import type { Sessions } from '../middlewares/session/session.js';
import type { AppContext, AppState } from '../middlewares/state.js';
import type { Services } from '../services/index.js';
import { doctorRoutes } from './admin/doctor.routes.js';
import { dailyStatsRoutes } from './admin/stats.routes.js';
import { authRoutes } from './auth/auth.routes.js';
import { exportRoutes } from './auth/export.routes.js';
import { deviceRoutes } from './auth/devices.routes.js';
import { personalTokenRoutes } from './auth/personal-tokens.routes.js';
import { refreshRoutes } from './auth/refresh.routes.js';
import { createRespondToSignIn } from './auth/sign-in.js';
import { bffRoutes } from './bff/bff.routes.js';
import { categoryRoutes } from './categories/categories.routes.js';
import { commentRoutes } from './comments/comments.routes.js';
import { postRoutes } from './posts/posts.routes.js';
import { writingRoutes } from './posts/writing.routes.js';
import { setupRoutes } from './setup/setup.routes.js';
import { statsRoutes } from './stats/stats.routes.js';
import { docsRoutes, type ApiDocs } from './system/docs.routes.js';
import { tagRoutes } from './tags/tags.routes.js';
import { upstreamRoutes } from './upstreams/upstreams.routes.js';
import { uploadRoutes } from './uploads/uploads.routes.js';
import { userRoutes } from './users/users.routes.js';

/** Paths that belong to programs: below them a miss is a 404 and never the single-page application. */
export const API_PREFIXES = ['/api', '/gw', '/assets', '/uploads', '/.well-known'] as const;

interface RouterOptions {
  services: Services;
  isBrowser: IsBrowser;
  browserSessions: Sessions;
  deviceCookie: DeviceCookie;
  docs: () => ApiDocs;
  upstreamTokenFor: UpstreamTokenFor;
}

/** The HTTP surface. Beside it stand the probes (system/), the files in public/ and the SPA's pages (pages/). */
export function createRouter(options: RouterOptions) {
  const { services, isBrowser, browserSessions, deviceCookie, docs, upstreamTokenFor } = options;
  const { accessTokens, accounts, categories, comments, dailyStats, doctor, exports, follows, gateway, home, media } =
    services;
  const { personalTokens, posts, postViews, previews, refreshTokens, revisions, setup, signIns, stats, tags, users } =
    services;
  const signIn = createRespondToSignIn({ accessTokens, signIns, isBrowser, browserSessions, deviceCookie });
  const api = [
    authRoutes({ accounts, signIns, users, isBrowser, browserSessions, signIn }), // /api/auth
    refreshRoutes({ accessTokens, refreshTokens, isBrowser }), //             /api/auth/refresh
    deviceRoutes({ signIns, browserSessions }), //                            /api/auth/sessions
    exportRoutes({ exports }), //                                             /api/auth/export
    personalTokenRoutes({ personalTokens }), //                               /api/auth/tokens
    setupRoutes({ setup, signIn }), //                                        /api/setup
    userRoutes({ users, follows }), //                                        /api/users
    statsRoutes({ stats }), //                                                /api/posts/stats
    writingRoutes({ previews, revisions }), //                                /api/posts/preview, /api/posts/:id/revisions
    postRoutes({ posts, postViews }), //                                      /api/posts
    commentRoutes({ comments }), //                                           /api/posts/:id/comments, /api/comments
    categoryRoutes({ categories }), //                                        /api/categories
    tagRoutes({ tags }), //                                                   /api/tags
    uploadRoutes({ media }), //                                               /api/upload
    bffRoutes({ home, upstreamTokenFor }), //                                 /api/bff
    upstreamRoutes({ gateway }), //                                           /api/admin/upstreams
    dailyStatsRoutes({ dailyStats }), //                                      /api/admin/stats
    doctorRoutes({ doctor }), //                                              /api/admin/doctor
    docsRoutes({ docs }), //                                                  /api/openapi.json, /api/docs
  ];
  const router = new Router<AppState, AppContext>({ prefix: '/api', sensitive: true });
  for (const routes of api) router.use(routes.routes());
  return router;
}

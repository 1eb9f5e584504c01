import type { Redis } from 'ioredis';
import type { Models } from '../models/index.js';
import { createAccessTokens } from './accounts/access-tokens.js';
import { createAccountService } from './accounts/account-service.js';
import { createCredentialSweeper } from './accounts/credential-sweeper.js';
import { createCurrentPasswordCheck } from './accounts/current-password.js';
import { createCache } from './cache/cache.js';
import { createHomeService } from './home/home-service.js';
import { createPasswordHasher } from './accounts/password-hasher.js';
import { createPersonalTokens } from './accounts/personal-tokens.js';
import { createRefreshTokens } from './accounts/refresh-tokens.js';
import { createSetupService } from './accounts/setup-service.js';
import { createSignIns } from './accounts/sign-ins.js';
import { createSigningKeys, type SigningKeyFiles } from './accounts/signing-keys.js';
import { createBulkService } from './bulk/bulk-service.js';
import { createCategoryService } from './categories/category-service.js';
import { createCommentService } from './comments/comment-service.js';
import { createDoctorService, type Finding, type Setting } from './doctor/doctor-service.js';
import { createExportFiles } from './exports/export-files.js';
import { createExportService } from './exports/export-service.js';
import { createFeedService } from './feeds/feed-service.js';
import { createFollowService } from './follows/follow-service.js';
import { createCounters, type Limit } from './limits/counters.js';
import { createDeviceTokens } from './limits/device-tokens.js';
import { createLoginThrottle, type LoginThrottleLimits } from './limits/login-throttle.js';
import { createKnownNetworks } from './limits/known-networks.js';
import { createMedia, type MediaOptions } from './media/create-media.js';
import { createPostService } from './posts/post-service.js';
import { createPostViews } from './posts/post-views.js';
import { createPreviewService, PREVIEW_LIMIT } from './posts/preview.js';
import { createRevisionService } from './posts/revision-service.js';
import { createScheduledPosts } from './posts/scheduled-posts.js';
import { createTagService } from './posts/tag-service.js';
import { createRedisAvailability } from './redis-availability.js';
import { createSessionStore } from './sessions/session-store.js';
import { createDailyMetrics } from './stats/daily-metrics.js';
import { createDailyStats } from './stats/daily-stats.js';
import { createStatsService } from './stats/stats-service.js';
import { createAccountRemoval } from './users/account-removal.js';
import { createUserService } from './users/user-service.js';
import { createGateway, type Log } from './upstreams/index.js';
import { createViewers } from './users/viewers.js';

export type Services = ReturnType<typeof createServices>;

/** What may be done how often. */
export interface Limits extends LoginThrottleLimits {
  /** Requests from one address, of each process. */
  requests: Limit;
  /** Unsafe requests of one account. */
  writes: Limit;
}

interface ServicesOptions {
  models: Models;
  redis: Redis | undefined;
  /** Sign access tokens. */
  tokenKeys: SigningKeyFiles;
  /** The origin people see, if it is known; issues access tokens. */
  publicUrl: string | undefined;
  /** How long a session lives after its last use. */
  sessionIdleMs: number;
  /** What the setup link is derived from. */
  setupSecret: string;
  /** Newest first: they prove that a device is known. */
  deviceSecrets: readonly [string, ...string[]];
  limits: Limits;
  uploads: MediaOptions;
  /** Folder of archives of accounts' data. */
  exportsDir: string;
  /** For what happens without anybody's request. */
  log: Log;
  /** For Consul agents that ask for one. */
  consulToken: string | undefined;
  /** Checks the installation that this is part of. */
  runChecks: () => Promise<Finding[]>;
  /** What the environment has set, without secrets. */
  settings: readonly Setting[];
}

/** What the product does, in the order in which one thing needs another. */
export function createServices(options: ServicesOptions) {
  const { models, redis, tokenKeys, publicUrl, sessionIdleMs, setupSecret, deviceSecrets, limits, uploads } = options;
  const { exportsDir, log, consulToken, runChecks, settings } = options;
  const optionalRedis = redis && { client: redis, availability: createRedisAvailability(redis) };
  const counters = createCounters({ redis: optionalRedis });
  const requests = counters.local('requests', limits.requests);
  const writes = counters.shared('writes', limits.writes);
  const loginThrottle = createLoginThrottle(counters, limits);
  const deviceTokens = createDeviceTokens(deviceSecrets);
  const knownNetworks = createKnownNetworks({ models, deviceTokens, secret: setupSecret });
  const sessions = createSessionStore({ redis, models });
  const viewers = createViewers({ models });
  const passwords = createPasswordHasher();
  const signingKeys = createSigningKeys({ files: tokenKeys });
  const accessTokens = createAccessTokens({ keys: signingKeys, publicUrl });
  const signIns = createSignIns({ models, sessionIdleMs });
  const refreshTokens = createRefreshTokens({ models, signIns });
  const personalTokens = createPersonalTokens({ models });
  const credentialSweeper = createCredentialSweeper(models);
  const checkCurrentPassword = createCurrentPasswordCheck({ models, passwords, loginThrottle });
  const dailyMetrics = createDailyMetrics({ models });
  const accounts = createAccountService({
    models,
    passwords,
    loginThrottle,
    checkCurrentPassword,
    knownNetworks,
    signIns,
    dailyMetrics,
  });
  const setup = createSetupService({ models, passwords, loginThrottle, signIns, secret: setupSecret });
  const media = createMedia({ models, ...uploads });
  const { mediaStorage } = media;
  const exportFiles = createExportFiles(exportsDir);
  const exports = createExportService({ models, mediaStorage, files: exportFiles, log });
  const removal = createAccountRemoval({ models, mediaStorage, exportFiles });
  const users = createUserService({ models, passwords, checkCurrentPassword, viewers, removal });
  const cache = createCache({ versionOf: models.versionOf, redis: optionalRedis });
  // Of its own: the addresses that anyone may make up drop no cached post.
  const pageCache = createCache({ versionOf: models.versionOf, redis: undefined });
  const posts = createPostService({ models, cache });
  const previews = createPreviewService({ models, rendering: counters.local('rendering', PREVIEW_LIMIT) });
  const revisions = createRevisionService({ models, posts });
  const scheduledPosts = createScheduledPosts(models);
  const feeds = createFeedService({ models });
  const postViews = createPostViews({ models, secret: setupSecret });
  const comments = createCommentService({ models });
  const follows = createFollowService({ models });
  const categories = createCategoryService({ models });
  const tags = createTagService(models);
  const stats = createStatsService({ models });
  const dailyStats = createDailyStats({ models, cache });
  const gateway = createGateway({ log, consulToken, accessTokens });
  const home = createHomeService({ posts, stats, gateway, log });
  const doctor = createDoctorService({ runChecks, settings });
  const bulk = createBulkService({ models, users, posts, comments, media: media.media });
  return {
    requests,
    writes,
    loginThrottle,
    deviceTokens,
    sessions,
    viewers,
    signingKeys,
    accessTokens,
    signIns,
    refreshTokens,
    personalTokens,
    credentialSweeper,
    accounts,
    setup,
    users,
    exports,
    pageCache,
    posts,
    previews,
    revisions,
    scheduledPosts,
    postViews,
    feeds,
    comments,
    follows,
    categories,
    tags,
    stats,
    dailyStats,
    dailyMetrics,
    home,
    gateway,
    doctor,
    bulk,
    ...media,
  };
}

import type { Sequelize } from 'sequelize';
import { createComments } from './comments/comments.js';
import { createKnownNetworks } from './credentials/known-networks.js';
import { createPersonalTokens } from './credentials/personal-tokens.js';
import { createRefreshTokens } from './credentials/refresh-tokens.js';
import { createSignIns } from './credentials/sign-ins.js';
import type { Engine } from './dialects/engine.js';
import { requireKnownDatabase } from './dialects/postgres/known-schema.js';
import { openPostgres, type PostgresLocation } from './dialects/postgres/open-postgres.js';
import { requireKnownFile } from './dialects/sqlite/known-schema.js';
import { openSqlite } from './dialects/sqlite/open-sqlite.js';
import { createAccountData } from './exports/account-data.js';
import { createExportJobs } from './exports/export-jobs.js';
import { createSitemap } from './feeds/sitemap.js';
import { createFollows } from './follows/follows.js';
import { createLeases } from './leases/leases.js';
import { createCategories } from './posts/categories.js';
import { createLikes } from './posts/likes.js';
import { createPosts } from './posts/posts.js';
import { createRevisions } from './posts/revisions.js';
import { createTags } from './posts/tags.js';
import { createViews } from './posts/views.js';
import { createSessions } from './sessions/sessions.js';
import { createDailyCounts } from './stats/daily-counts.js';
import { createStats } from './stats/stats.js';
import { createUploads } from './uploads/uploads.js';
import { createAccountContent } from './users/account-content.js';
import { createActing } from './users/acting.js';
import { createUsers } from './users/users.js';

/** The data: what services read and write. */
export type Models = ReturnType<typeof createModels>;

export interface Database {
  models: Models;
  /** Defines and migrates the tables. */
  sequelize: Sequelize;
  /** Runs SQL, which is for `models/` and tests alone. */
  engine: Engine;
  close(): Promise<void>;
}

/** Where the data is: the path of an SQLite file, or a PostgreSQL database. */
export type DatabaseLocation = string | PostgresLocation;

/** @throws UnknownSchema when another program or a later version has made what is there. */
export const requireKnownSchema = (location: DatabaseLocation): Promise<void> =>
  typeof location === 'string' ? requireKnownFile(location) : requireKnownDatabase(location.url);

/**
 * Opens a database. Each call owns its connections, so two may be open at once.
 *
 * @param wrap what the application adds to every read and write, such as errors of its own.
 */
export function openDatabase(
  location: DatabaseLocation,
  wrap: (engine: Engine) => Engine = (engine) => engine,
): Database {
  const engine = wrap(typeof location === 'string' ? openSqlite(location) : openPostgres(location));
  return { engine, models: createModels(engine), sequelize: engine.sequelize, close: engine.close };
}

function createModels(engine: Engine) {
  const { write, versionOf } = engine;
  const categories = createCategories(engine);
  const tags = createTags(engine);
  return {
    users: createUsers(engine),
    acting: createActing(engine),
    accountContent: createAccountContent(engine),
    signIns: createSignIns(engine),
    refreshTokens: createRefreshTokens(engine),
    personalTokens: createPersonalTokens(engine),
    knownNetworks: createKnownNetworks(engine),
    sessions: createSessions(engine),
    posts: createPosts(engine, { categories, tags }),
    revisions: createRevisions(engine),
    categories,
    tags,
    likes: createLikes(engine),
    views: createViews(engine),
    comments: createComments(engine),
    follows: createFollows(engine),
    accountData: createAccountData(engine),
    exportJobs: createExportJobs(engine),
    sitemap: createSitemap(engine),
    uploads: createUploads(engine),
    stats: createStats(engine),
    dailyCounts: createDailyCounts(engine),
    leases: createLeases(engine),

    write,
    versionOf,
  };
}

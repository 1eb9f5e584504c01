import type { MigrationStep } from '../migrate.js';
import * as users from './0001-users.js';
import * as sessions from './0002-sessions.js';
import * as publishing from './0003-publishing.js';
import * as signInPlaces from './0004-sign-in-places.js';
import * as signIns from './0005-sign-ins.js';
import * as leases from './0006-leases.js';
import * as contentWithoutAuthor from './0007-content-without-author.js';
import * as search from './0008-search.js';
import * as writing from './0009-writing.js';
import * as sitemap from './0010-sitemap.js';
import * as dailyCounts from './0011-daily-counts.js';
import * as exports from './0012-exports.js';
import * as postgresBaseline from './postgres-baseline.js';

/** For both databases, oldest first. Append; never edit or reorder one that has been released. */
const shared: readonly MigrationStep[] = [
  { name: '0009-writing', ...writing },
  { name: '0010-sitemap', ...sitemap },
  { name: '0011-daily-counts', ...dailyCounts },
  { name: '0012-exports', ...exports },
];

/** What SQLite went through before there was another database. */
const sqlite: readonly MigrationStep[] = [
  { name: '0001-users', ...users },
  { name: '0002-sessions', ...sessions },
  { name: '0003-publishing', ...publishing },
  { name: '0004-sign-in-places', ...signInPlaces },
  { name: '0005-sign-ins', ...signIns },
  { name: '0006-leases', ...leases },
  { name: '0007-content-without-author', ...contentWithoutAuthor },
  { name: '0008-search', ...search },
];

/** Where PostgreSQL begins: with what these have made. */
const postgres: readonly MigrationStep[] = [{ name: '0008-postgres-baseline', ...postgresBaseline }];

/** Every migration of a database, oldest first. @param dialect as Sequelize names it. */
export const migrationsOf = (dialect: string): readonly MigrationStep[] => [
  ...(dialect === 'postgres' ? postgres : sqlite),
  ...shared,
];

import type { MigrationStep } from '../migrate.js';
import * as users from './0001-users.js';
import * as sessions from './0002-sessions.js';
import * as publishing from './0003-publishing.js';
import * as signInPlaces from './0004-sign-in-places.js';
import * as signIns from './0005-sign-ins.js';
import * as leases from './0006-leases.js';
import * as contentWithoutAuthor from './0007-content-without-author.js';
import * as search from './0008-search.js';

/** Every migration, oldest first. Append; never edit or reorder one that has been released. */
export const migrations: readonly MigrationStep[] = [
  { name: '0001-users', ...users },
  { name: '0002-sessions', ...sessions },
  { name: '0003-publishing', ...publishing },
  { name: '0004-sign-in-places', ...signInPlaces },
  { name: '0005-sign-ins', ...signIns },
  { name: '0006-leases', ...leases },
  { name: '0007-content-without-author', ...contentWithoutAuthor },
  { name: '0008-search', ...search },
];

import pg from 'pg';
import { Sequelize } from 'sequelize';
import { openVersions } from '../../versions.js';
import type { Engine } from '../engine.js';
import { outageOf } from './outage.js';
import { createPostFinder } from './posts/post-finder.js';
import { openReader } from './reader.js';
import { postgresWords } from './words.js';
import { createWriter } from './writer.js';

export interface PostgresLocation {
  /** postgres://user:password@host:5432/database */
  url: string;
  /** A file that all processes of this machine share: the versions of what they cache. */
  versionsFile: string;
  /** How long a statement of a write may take. Default: 5 s */
  writeTimeoutMs?: number;
}

/** Opens a PostgreSQL database, which has to exist. Connections open with their first statement. */
export function openPostgres({ url, versionsFile, writeTimeoutMs }: PostgresLocation): Engine {
  const sequelize = new Sequelize(url, { dialect: 'postgres', dialectModule: pg, logging: false, pool: { max: 2 } });
  const versions = openVersions(versionsFile);
  const reader = openReader(url);
  const writer = createWriter(url, versions, writeTimeoutMs);
  return {
    words: postgresWords,
    sequelize,
    read: reader.read,
    readLong: reader.readLong,
    write: writer.write,
    versionOf: versions.of,
    outageOf,
    waitForWriter: () => Promise.resolve(), // there is no such lock
    ping: async () => void (await reader.read('SELECT 1')),
    createPostFinder,
    async close() {
      await Promise.all([reader.close(), writer.close(), sequelize.close()]);
      versions.close();
    },
  };
}

import sqlite3 from 'sqlite3';
import { Sequelize } from 'sequelize';
import { openVersions } from '../../versions.js';
import type { Engine } from '../engine.js';
import { SqliteConnection } from './connection.js';
import { createSqliteLists } from './posts/post-list.js';
import { createSqliteSearch } from './posts/post-search.js';
import { outageOf } from './outage.js';
import { openReader } from './reader.js';
import { createSingleWriter } from './single-writer.js';
import { sqliteWords } from './words.js';

/** Opens an SQLite file. Creates the file, not the folder. Connections open with their first statement. */
export function openSqlite(file: string): Engine {
  const sequelize = new Sequelize({
    dialect: 'sqlite',
    storage: file,
    dialectModule: { ...sqlite3, Database: SqliteConnection },
    logging: false,
    retry: { max: 1 }, // the busy timeout waits; a silent second try would hide a lock held too long
  });
  const reader = openReader(file);
  const versions = openVersions(file);
  const writer = createSingleWriter(file, versions);
  return {
    words: sqliteWords,
    sequelize,
    read: reader.read,
    readLong: reader.readLong,
    write: writer.write,
    versionOf: versions.of,
    outageOf,
    waitForWriter: () => writer.write(() => Promise.resolve()),
    ping: async () => void (await sequelize.query('SELECT 1 FROM sqlite_schema LIMIT 1')),
    createPostFinder: (engine) => ({ ...createSqliteLists(engine), search: createSqliteSearch(engine) }),
    async close() {
      await Promise.all([reader.close(), writer.close()]);
      await sequelize.close();
      versions.close();
    },
  };
}

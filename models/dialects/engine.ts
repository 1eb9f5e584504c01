import type { Sequelize } from 'sequelize';
import type { PostFinder } from '../posts/post-finder.js';
import type { Queries, ReadOptions, Parameter, Write } from '../queries.js';
import type { Versions } from '../versions.js';
import type { SqlWords } from './sql-words.js';

/** An open database: runs SQL on connections of its own. */
export interface Engine {
  words: SqlWords;
  /**
   * For reads whose cost has a small bound, such as those by primary key: they never wait for a long one.
   *
   * @throws ReadEnded after 5 s, or at once when too many reads wait.
   */
  read: Queries['select'];
  /**
   * For reads whose cost grows with the data: lists, counts, searches.
   *
   * @throws ReadEnded after 2 s, when `signal` aborts, or at once when too many reads wait.
   */
  readLong<Row extends object>(options: ReadOptions, sql: string, ...parameters: Parameter[]): Promise<Row[]>;
  /** The only way to write. */
  write: Write;
  /** Whether what has been read may be cached. */
  versionOf: Versions['of'];
  /** Finds and searches posts in this database's own way. @param engine this one, with what the application adds to it. */
  createPostFinder(engine: Pick<Engine, 'read' | 'readLong' | 'write' | 'words'>): PostFinder;
  /** Why the database cannot do its work for a while, by an error of it; undefined for errors of ours. */
  outageOf(error: unknown): string | undefined;
  /** @throws when the database does not answer. */
  ping(): Promise<void>;
  /** Waits for another process that holds the database's only write lock. @throws SQLITE_BUSY after 5 s */
  waitForWriter(): Promise<void>;
  /** Defines and migrates the tables. */
  sequelize: Sequelize;
  close(): Promise<void>;
}

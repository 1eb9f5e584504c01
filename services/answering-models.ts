import type { Models } from '../models/index.js';
import { ReadEnded } from '../models/read-lane.js';
import { Unavailable } from './errors.js';

/** What becomes of a database for a while, with nobody's request to blame (https://www.sqlite.org/rescode.html). */
const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_BUSY: 'another process keeps the database locked',
  SQLITE_READONLY: 'the database has become read-only',
  SQLITE_IOERR: 'reading or writing the database failed',
  SQLITE_CANTOPEN: 'the database cannot be opened',
  ENOSPC: 'the disk is full',
};

/** The models, whose writes and reads throw Unavailable while the database cannot do its work. */
export function answeringModels(models: Models): Models {
  return {
    ...models,
    write: (work, changes) => answered(models.write(work, changes)),
    read: (sql, ...parameters) => answered(models.read(sql, ...parameters)),
    readLong: (options, sql, ...parameters) => answered(models.readLong(options, sql, ...parameters)),
  };
}

async function answered<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ReadEnded && cause.reason !== 'timeout')
      throw new Unavailable(cause.message, { cause, retryAfterSeconds: 2 });
    const { code = '' } = ((cause as { original?: object }).original ?? cause) as { code?: string };
    const reason = REASONS[code];
    throw reason === undefined ? cause : new Unavailable(reason, { cause, retryAfterSeconds: 5 });
  }
}

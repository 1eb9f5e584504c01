import type { Engine } from '../models/dialects/engine.js';
import { DatabaseBusy, ReadEnded } from '../models/queries.js';
import { Unavailable } from './errors.js';

/** Makes writes and reads throw Unavailable while the database cannot do its work. */
export function withDatabaseErrors(engine: Engine): Engine {
  return {
    ...engine,
    write: (work, changes) => translated(engine.write(work, changes)),
    read: (sql, ...parameters) => translated(engine.read(sql, ...parameters)),
    readLong: (options, sql, ...parameters) => translated(engine.readLong(options, sql, ...parameters)),
  };

  async function translated<Result>(pending: Promise<Result>): Promise<Result> {
    try {
      return await pending;
    } catch (cause) {
      if (cause instanceof ReadEnded && cause.reason !== 'timeout')
        throw new Unavailable(cause.message, { cause, retryAfterSeconds: 2 });
      const reason = engine.outageOf(cause) ?? (cause instanceof DatabaseBusy ? cause.message : undefined);
      throw reason === undefined ? cause : new Unavailable(reason, { cause, retryAfterSeconds: 5 });
    }
  }
}

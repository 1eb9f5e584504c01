import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

const FIND = 'SELECT data FROM sessions WHERE id = ? AND expires_at > ?';
const PUT = `INSERT INTO sessions (id, data, expires_at) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`;
const PUT_UNLESS_DESTROYED = `${PUT} WHERE sessions.data IS NOT NULL`;
const REMOVE_EXPIRED = 'DELETE FROM sessions WHERE expires_at <= ?';

/** Browsers' sessions, where there is no Redis. Times are milliseconds since 1970. */
export function createSessions({ read }: Engine) {
  return {
    /** The JSON of a session that has neither expired nor been destroyed. */
    async find(id: string, now: number): Promise<string | undefined> {
      const [row] = await read<{ data: string | null }>(FIND, id, now);
      return row?.data ?? undefined;
    },

    /** @returns whether it was written: not where a tombstone is. */
    put: async (transaction: Transaction, id: string, data: string, expiresAt: number): Promise<boolean> =>
      (await transaction.execute(PUT_UNLESS_DESTROYED, id, data, expiresAt)) > 0,

    /** Replaces a session by a tombstone, without data: until it expires, the id is not written again. */
    destroy: (transaction: Transaction, id: string, expiresAt: number) => transaction.execute(PUT, id, null, expiresAt),

    removeExpired: (transaction: Transaction, now: number) => transaction.execute(REMOVE_EXPIRED, now),
  };
}

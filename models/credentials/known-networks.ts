import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

const FIND = 'SELECT seen_at AS "seenAt" FROM sign_in_places WHERE user_id = ? AND place = ? AND seen_at > ?';
const RECORD = `INSERT INTO sign_in_places (user_id, place, seen_at) VALUES (?, ?, ?)
  ON CONFLICT (user_id, place) DO UPDATE SET seen_at = excluded.seen_at`;
const REMOVE = `DELETE FROM sign_in_places WHERE user_id = ? AND (seen_at <= ? OR place NOT IN
  (SELECT place FROM sign_in_places WHERE user_id = ? ORDER BY seen_at DESC LIMIT ?))`;

export type KnownNetworks = ReturnType<typeof createKnownNetworks>;

/** The networks from which accounts have signed in, each under a keyed hash. Times are milliseconds since 1970. */
export function createKnownNetworks({ read }: Engine) {
  return {
    /** When the account was last seen there, if that is later than `after`. */
    async lastSeen(userId: number, network: string, after: number): Promise<number | undefined> {
      const [row] = await read<{ seenAt: number }>(FIND, userId, network, after);
      return row?.seenAt;
    },

    record: (transaction: Transaction, userId: number, network: string, seenAt: number) =>
      transaction.execute(RECORD, userId, network, seenAt),

    /** Removes what was last seen at `before` or earlier, and of the rest all but the last `most`. */
    removeOld: (transaction: Transaction, userId: number, { before, most }: { before: number; most: number }) =>
      transaction.execute(REMOVE, userId, before, userId, most),
  };
}

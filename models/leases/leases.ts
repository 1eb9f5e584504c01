import type { Engine } from '../dialects/engine.js';

/** Who holds what only one process may hold at a time, until it expires. */
export interface Leases {
  /** Takes a lease that is free, or extends the holder's own. Undefined while another process holds it. */
  take(name: string, holder: string, lifetimeMs: number): Promise<Lease | undefined>;
  /** Undefined while the lease is free. */
  find(name: string): Promise<Lease | undefined>;
  /** Frees the lease, unless another process holds it. */
  release(name: string, holder: string): Promise<void>;
}

export interface Lease {
  holder: string;
  /** Milliseconds since 1970, by the one clock of the machine that SQLite's processes share. */
  expiresAt: number;
}

const RELEASE = 'DELETE FROM leases WHERE name = ? AND holder = ?';

export function createLeases({ read, write, words: { nowMs } }: Pick<Engine, 'read' | 'write' | 'words'>): Leases {
  const find = `SELECT holder, expires_at AS "expiresAt" FROM leases WHERE name = ? AND expires_at > ${nowMs}`;
  const take = `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${nowMs} + ?)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE leases.holder = excluded.holder OR leases.expires_at <= ${nowMs}
    RETURNING holder, expires_at AS "expiresAt"`;

  return {
    async take(name, holder, lifetimeMs) {
      const [lease] = await write((transaction) => transaction.select<Lease>(take, name, holder, lifetimeMs));
      return lease;
    },
    async find(name) {
      const [lease] = await read<Lease>(find, name);
      return lease;
    },
    release: (name, holder) => write(async (transaction) => void (await transaction.execute(RELEASE, name, holder))),
  };
}

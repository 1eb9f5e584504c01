import type { Reader } from './reader.js';
import type { Statements, Write } from './writer.js';

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

const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
const FIND = `SELECT holder, expires_at AS expiresAt FROM leases WHERE name = ? AND expires_at > ${NOW}`;
const TAKE = `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${NOW} + ?)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE leases.holder = excluded.holder OR leases.expires_at <= ${NOW}
  RETURNING holder, expires_at AS expiresAt`;
const RELEASE = 'DELETE FROM leases WHERE name = ? AND holder = ?';

interface Parts extends Statements {
  read: Reader['read'];
  write: Write;
}

export function createLeases({ read, write, select, execute }: Parts): Leases {
  return {
    async take(name, holder, lifetimeMs) {
      const [lease] = await write((transaction) => select<Lease>(transaction, TAKE, name, holder, lifetimeMs));
      return lease;
    },
    async find(name) {
      const [lease] = await read<Lease>(FIND, name);
      return lease;
    },
    release: (name, holder) => write((transaction) => execute(transaction, RELEASE, name, holder)),
  };
}

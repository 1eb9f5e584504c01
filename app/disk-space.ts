import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { Logger } from '../middlewares/state.js';
import type { Write } from '../models/queries.js';

/** What SQLite needs to open a database, besides the file itself: 32 KB of shared memory and some pages of its log. */
const RESERVE_BYTES = 256 * 1024;
/** Less than this is a full disk. */
const MIN_FREE_BYTES = 64 * 1024;
/** On a disk with less room the reserve would be what fills it. */
const MIN_ROOM_BYTES = 16 * RESERVE_BYTES;
const CHECK_MS = 1_000;

/** SQLite's own code, so that it is answered like a disk that becomes full during a write. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';
  readonly code = 'SQLITE_FULL';
}

/**
 * Lets the server start, and be read from, while the disk of its database is full. SQLite cannot open a database there,
 * so some room is reserved in a file beside it, which is given up for that; writes are refused until there is space
 * again. Other processes of this installation do the same with the same file.
 *
 * @param file the database's
 */
export function createDiskSpace(file: string) {
  const folder = dirname(file);
  const reserve = `${file}-reserve`;
  let full = false;
  let logged = false;

  return {
    get full(): boolean {
      return full;
    },

    /** Called before the database is opened: gives up the reserve where there is no room. */
    makeRoom(): void {
      if (!existsSync(file) || freeBytes(statfsSync(folder)) >= MIN_FREE_BYTES) return;
      full = true;
      rmSync(reserve, { force: true });
    },

    /** Looks again every second, logs what has changed, and renews the reserve. @returns what ends that. */
    async watch(log: Logger): Promise<() => Promise<void>> {
      await check(log);
      const timer = setInterval(() => {
        check(log).catch((err: unknown) => log.debug({ err }, 'the space on the disk is not known'));
      }, CHECK_MS).unref();
      return () => Promise.resolve(clearInterval(timer));
    },

    /** @returns a `write` that is refused while the disk is full; the first one that finds space goes through. */
    guard(write: Write): Write {
      return async (work, changes) => {
        if (full && (await isFull())) throw new DiskFull('the disk is full');
        return write(work, changes);
      };
    },
  };

  async function check(log: Logger): Promise<void> {
    full = await isFull();
    if (!full && reservedBytes() === 0) renewReserve(freeBytes(await statfs(folder)));
    if (full === logged) return;
    logged = full;
    if (full) log.warn({ folder }, 'the disk is full: read-only until there is space');
    else log.info({ folder }, 'the disk has space again: no longer read-only');
  }

  /** What is free while the reserve is given up is for SQLite alone. */
  async function isFull(): Promise<boolean> {
    const free = freeBytes(await statfs(folder));
    return full ? free + reservedBytes() < RESERVE_BYTES + MIN_FREE_BYTES : free < MIN_FREE_BYTES;
  }

  function reservedBytes(): number {
    return statSync(reserve, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Random bytes: a file system that compresses would reserve nothing for zeros. */
  function renewReserve(free: number): void {
    if (free < MIN_ROOM_BYTES) return;
    try {
      writeFileSync(reserve, randomBytes(RESERVE_BYTES), { mode: 0o600 });
    } catch {
      rmSync(reserve, { force: true }); // another program was faster: the next check tries again
    }
  }
}

const freeBytes = ({ bavail, bsize }: { bavail: number; bsize: number }): number => bavail * bsize;

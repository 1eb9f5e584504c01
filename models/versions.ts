import { randomInt } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Tracks whether data read earlier may have been changed since, by any process. A copy in memory is valid as long as
 * its version is the same, so that no read returns a state older than a confirmed change.
 */
export interface Versions {
  /** Read before the data that is to be cached; undefined while it is being changed, and then nothing may be cached. */
  of(key: string): number | undefined;
  /** Begins a change. Called while the database's write lock is held, so that one process at a time begins one. */
  begin(keys: readonly string[]): Changes;
  close(): void;
}

export interface Changes {
  /** Called after the commit, or when there was none. Never throws. */
  end(): void;
}

const SLOTS = 8_192;
const SLOT_BYTES = 6;
/** The lowest bit of a version. */
const CHANGING = 1;
const SETTLED = 0;

/** Where versions are stored: cells that all processes read and write, one step at a time. */
export interface Slots {
  read(index: number): number;
  write(index: number, version: number): void;
}

/**
 * Versions are numbers in a file beside the database: reading one costs less than a microsecond, and SQLite's processes
 * share a machine anyway. Keys share slots; a collision costs a needless read and nothing else.
 *
 * A change marks its slots with an odd random number before it writes and replaces that with an even one after the
 * commit. If its process is killed in between, the mark stays, and its keys are read from the database each time until the
 * next change: slower, never wrong.
 *
 * @param database its file, which need not exist yet.
 */
export function openVersions(database: string): Versions {
  const fd = openSync(`${realPath(database)}-versions`, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (fstatSync(fd).size < SLOTS * SLOT_BYTES) ftruncateSync(fd, SLOTS * SLOT_BYTES);
  const slot = Buffer.alloc(SLOT_BYTES);

  return {
    of(key) {
      const version = read(slotOf(key));
      return version % 2 === CHANGING ? undefined : version;
    },

    begin(keys) {
      const steps = stepsOf({ read, write }, [...new Set(keys.map(slotOf))]);
      steps.next();
      return {
        end() {
          try {
            while (!steps.next().done);
          } catch {
            // The mark stays: what it stands for is read from the database each time until the next change.
          }
        },
      };
    },

    close: () => closeSync(fd),
  };

  function read(index: number): number {
    readSync(fd, slot, 0, SLOT_BYTES, index * SLOT_BYTES);
    return slot.readUIntLE(0, SLOT_BYTES);
  }

  function write(index: number, version: number): void {
    slot.writeUIntLE(version, 0, SLOT_BYTES);
    writeSync(fd, slot, 0, SLOT_BYTES, index * SLOT_BYTES);
  }
}

/**
 * A change: marks the slots, and after the commit gives them new versions. Where it yields, other processes may take any
 * number of steps of theirs.
 *
 * The end may overwrite the mark of a change that has begun between its read and its write: copies can then be made of
 * the state before that change. So every change ends by making sure that its slots hold no version from before its
 * commit: it writes a new one over whatever it finds, unless that is a later change's mark. No version is written twice.
 */
export function* stepsOf(slots: Slots, indexes: readonly number[]): Generator<void, void, void> {
  const mark = randomVersion(CHANGING);
  for (const index of indexes) slots.write(index, mark);
  yield; // the database is changed and commits
  for (const index of indexes) {
    const found = slots.read(index);
    yield;
    const isLaterMark = found % 2 === CHANGING && found !== mark;
    if (!isLaterMark) slots.write(index, randomVersion(SETTLED));
  }
}

function randomVersion(state: typeof CHANGING | typeof SETTLED): number {
  return randomInt(2 ** (8 * SLOT_BYTES - 1)) * 2 + state; // reads from a pool, at a tenth of what `randomBytes` takes
}

/** Which hash does not matter, as long as all processes agree. */
function slotOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return (hash >>> 0) % SLOTS;
}

/** Processes may know the database by different paths. SQLite follows links too, also to a file that it is to make. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const target = linkIn(file);
    return target === undefined ? join(realpathSync(dirname(file)), basename(file)) : realPath(target);
  }
}

function linkIn(file: string): string | undefined {
  try {
    return resolve(dirname(file), readlinkSync(file));
  } catch {
    return undefined;
  }
}

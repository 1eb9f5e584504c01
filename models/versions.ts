import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * Says whether something read earlier may have been changed since, by whichever process. A copy kept in memory is good
 * for as long as its version is the same, so nobody is shown a state older than a change that has been answered.
 */
export interface Versions {
  /** Asked before reading what is to be kept; undefined while it is being changed, and then nothing may be kept. */
  of(key: string): number | undefined;
  /** Begins a change. Called while the database's write lock is held, so that one process at a time begins one. */
  begin(keys: readonly string[]): Changes;
  close(): void;
}

export interface Changes {
  /** Called after the commit, or when there was none. */
  end(): void;
}

const SLOTS = 8_192;
const SLOT_BYTES = 6;
/** The lowest bit of a version. */
const CHANGING = 1;
const SETTLED = 0;

/**
 * Versions are numbers in a file beside the database: reading one costs less than a microsecond, and SQLite's processes
 * share a machine anyway. Keys share slots; a collision costs a needless read and nothing else.
 *
 * A change marks its slots with an odd random number before it writes and replaces that with an even one after the
 * commit. If its process is killed in between, the mark stays, and what it stands for is read anew each time until the
 * next change: slower, never wrong.
 */
export function openVersions(file: string): Versions {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (fstatSync(fd).size < SLOTS * SLOT_BYTES) ftruncateSync(fd, SLOTS * SLOT_BYTES);
  const slot = Buffer.alloc(SLOT_BYTES);

  return {
    of(key) {
      const version = read(slotOf(key));
      return version % 2 === CHANGING ? undefined : version;
    },

    begin(keys) {
      const mark = randomVersion(CHANGING);
      const slots = [...new Set(keys.map(slotOf))];
      for (const index of slots) write(index, mark);
      return {
        end() {
          const next = randomVersion(SETTLED);
          // A mark that is not ours any more belongs to a later change, which ends it itself.
          for (const index of slots) if (read(index) === mark) write(index, next);
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

function randomVersion(state: typeof CHANGING | typeof SETTLED): number {
  const random = randomBytes(SLOT_BYTES).readUIntLE(0, SLOT_BYTES);
  return random - (random % 2) + state;
}

/** Which hash does not matter, as long as all processes agree. */
function slotOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return (hash >>> 0) % SLOTS;
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedOnce, reasonOf } from './generated-once.js';
import { StartError } from './start-error.js';
import { openTokenKeys, type TokenKeys } from './token-keys.js';

/** The files in DATA_DIR besides the database: generated keys, readable by the owner only. */
export interface DataDir {
  /** One cookie signing key. */
  sessionKey(): string;
  /** The keys that sign access tokens. @throws StartError when one is damaged. */
  tokenKeys(): TokenKeys;
  /** The folder of uploaded files. @throws StartError when it cannot be made. */
  uploads(): string;
  /** The folder of archives of accounts' data. @throws StartError when it cannot be made. */
  exports(): string;
}

/** Large enough that a full disk cannot hide behind a reserved block. */
const PROBE_BYTES = 64 * 1024;

/** Opens the folder, making it if needed. @throws StartError when it cannot be written to. */
export function openDataDir(dir: string): DataDir {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const probe = join(dir, `.probe-${process.pid}`);
    try {
      writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { flush: true });
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (cause) {
    throw new StartError((text) => text.start.notWritable(`DATA_DIR ${dir}`, reasonOf(cause, text)), { cause });
  }

  return {
    sessionKey: () => generatedOnce(join(dir, 'session-key'), () => randomBytes(32).toString('base64url')),
    tokenKeys: () => openTokenKeys(folderIn(dir, 'token-keys')),
    uploads: () => folderIn(dir, 'uploads'),
    exports: () => folderIn(dir, 'exports'),
  };
}

function folderIn(dir: string, name: string): string {
  const folder = join(dir, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StartError((text) => text.start.notCreated(folder, reasonOf(cause, text)), { cause });
  }
  return folder;
}

import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './config.js';

/** What is kept in DATA_DIR besides the database: generated keys, readable by the owner only. */
export interface DataDir {
  /** One cookie signing key. */
  sessionKey(): string;
  /** The P-256 key that signs access tokens. */
  tokenKey(): KeyObject;
  /** The folder of uploaded files. @throws StartError when it cannot be made. */
  uploads(): string;
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
    throw new StartError(`DATA_DIR ${dir} cannot be written to (${reasonOf(cause)})`, { cause });
  }

  return {
    sessionKey: () => generatedOnce(join(dir, 'session-key'), () => randomBytes(32).toString('base64url')),
    tokenKey() {
      const file = join(dir, 'token-key.pem');
      const pem = generatedOnce(file, newTokenKey);
      try {
        return createPrivateKey(pem);
      } catch (cause) {
        throw new StartError(`${file} holds no key; restore it, or remove it to end every access token`, { cause });
      }
    },
    uploads() {
      const folder = join(dir, 'uploads');
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
      } catch (cause) {
        throw new StartError(`${folder} cannot be made (${reasonOf(cause)})`, { cause });
      }
      return folder;
    },
  };
}

function newTokenKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The file's content; if there is no such file it is made. Of several processes that come at the same instant one makes
 * it and all read the same: a link to a finished file either appears whole or fails because there is one (link(2)).
 */
export function generatedOnce(file: string, generate: () => string): string {
  const known = readIfThere(file);
  if (known !== undefined) return known;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, generate(), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, file);
  } catch (error) {
    if (!isErrno(error, 'EEXIST'))
      throw new StartError(`${file} cannot be made (${reasonOf(error)})`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}

function readIfThere(file: string): string | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new StartError(`${file} cannot be read (${reasonOf(error)})`, { cause: error });
  }
  // Signing with an empty key would let everybody sign.
  if (content === '') throw new StartError(`${file} is empty; restore it, or remove it to make a new one`);
  return content;
}

function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

/** What people can do about a failed file operation, where we know. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const advice: Record<string, string> = {
    ENOSPC: 'the disk is full; free some space',
    EDQUOT: 'the disk quota is used up; free some space',
    EROFS: 'the file system is read-only; choose another folder',
    EACCES: 'permission denied; make it writable for this user',
    EPERM: 'permission denied; make it writable for this user',
    ENOTDIR: 'part of the path is not a folder; choose another',
    EEXIST: 'there is a file of that name; choose another folder',
  };
  return advice[code] ?? code;
}

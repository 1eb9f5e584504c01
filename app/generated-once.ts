import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { StartError } from './config.js';

/**
 * The file's content; if there is no such file it is made. Of several processes that come at the same instant one makes
 * it and all read the same.
 */
export function generatedOnce(file: string, generate: () => string): string {
  const known = readIfThere(file);
  if (known !== undefined) return known;
  writeOnce(file, generate());
  return readFileSync(file, 'utf8').trim();
}

/**
 * Writes a file that only its owner may read, unless there is one of that name already: a link to a finished file either
 * appears whole or fails because there is one (link(2)).
 *
 * @returns whether it was written. @throws StartError when it cannot be.
 */
export function writeOnce(file: string, content: string): boolean {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw new StartError(`${file} cannot be created (${reasonOf(error)})`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
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
export function reasonOf(error: unknown): string {
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

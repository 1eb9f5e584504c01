import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { CliText } from '../views/locales/cli.js';
import { StartError } from './start-error.js';

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
    throw new StartError((text) => text.start.notCreated(file, reasonOf(error, text)), { cause: error });
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
    throw new StartError((text) => text.start.notRead(file, reasonOf(error, text)), { cause: error });
  }
  // Signing with an empty key would let anyone sign.
  if (content === '') throw new StartError(({ start }) => start.emptyFile(file));
  return content;
}

function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

/** What people can do about a failed file operation, where it is known; else its code. */
export function reasonOf(error: unknown, { start }: CliText): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return (start.fileErrors as Readonly<Record<string, string>>)[code] ?? code;
}

import { readFileSync } from 'node:fs';
import { StartError } from './start-error.js';

/** The modules alone are read two hundred at a time, and each connection takes one. */
const MIN_OPEN_FILES = 256;

/**
 * Refuses a start with too few file descriptors: modules would be "not found" and the database "cannot be opened".
 * Imports next to nothing of ours for that reason. Does nothing where the limit cannot be known.
 *
 * @throws StartError
 * @see https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
 */
export function requireOpenFiles(file = '/proc/self/limits'): void {
  const limit = /^Max open files +(\d+)/m.exec(textOf(file))?.[1];
  if (limit === undefined || Number(limit) >= MIN_OPEN_FILES) return;
  throw new StartError(({ start }) => start.tooFewFiles(limit, MIN_OPEN_FILES));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not Linux
  }
}

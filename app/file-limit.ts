import { readFileSync } from 'node:fs';

/** The modules alone are read two hundred at a time, and each connection takes one. */
const MIN_OPEN_FILES = 256;

/**
 * What to do about too few file descriptors; undefined where there are enough, or where that cannot be known. With too
 * few, modules are "not found" and the database "cannot be opened". Imports nothing of ours for that reason.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
 */
export function tooFewOpenFiles(file = '/proc/self/limits'): string | undefined {
  const limit = /^Max open files +(\d+)/m.exec(textOf(file))?.[1];
  if (limit === undefined || Number(limit) >= MIN_OPEN_FILES) return undefined;
  return `This process may open ${limit} files and needs ${MIN_OPEN_FILES} or more; raise the limit (ulimit -n, LimitNOFILE)`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not Linux
  }
}

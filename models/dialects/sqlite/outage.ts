/** By the code of the error (https://www.sqlite.org/rescode.html). */
const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_BUSY: 'another process keeps the database locked',
  SQLITE_READONLY: 'the database has become read-only',
  SQLITE_IOERR: 'reading or writing the database failed',
  SQLITE_CANTOPEN: 'the database cannot be opened',
  ENOSPC: 'the disk is full',
};

/** What keeps the database from its work for a while; undefined for errors of ours. */
export function outageOf(error: unknown): string | undefined {
  return REASONS[(error as { code?: string }).code ?? ''];
}

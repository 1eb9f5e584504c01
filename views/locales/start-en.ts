/** Why a server or a command cannot start, and what to do, in English. The other languages have the same shape. */
export const startEn = {
  notWritable: (path: string, reason: string) => `${path} cannot be written to (${reason})`,
  notCreated: (path: string, reason: string) => `${path} cannot be created (${reason})`,
  notRead: (path: string, reason: string) => `${path} cannot be read (${reason})`,
  emptyFile: (file: string) => `${file} is empty; restore it, or remove it to make a new one`,
  noTokenKey: (file: string) => `${file} contains no key; restore it, or remove it to end the tokens it has signed`,
  /** Reasons of a failed file operation, by its code. */
  fileErrors: {
    ENOSPC: 'the disk is full; free some space',
    EDQUOT: 'the disk quota is used up; free some space',
    EROFS: 'the file system is read-only; choose another folder',
    EACCES: 'permission denied; give this user access to it',
    EPERM: 'permission denied; give this user access to it',
    ENOTDIR: 'part of the path is not a folder; choose another',
    EEXIST: 'there is a file of that name; choose another folder',
    ENOENT: 'there is no such file; correct the path',
  },
  databaseUnusable: (name: string, reason: string) => `The database ${name} cannot be used: ${reason}`,
  /** Reasons why a database does not open, by the code of the failure. */
  databaseErrors: {
    NEWER_DATABASE: 'a newer version of Allium has changed it; install that version, or restore a backup from before',
    FOREIGN_DATABASE: 'it belongs to another program; correct DATABASE_URL or move it away',
    '28P01': 'the password is wrong; correct DATABASE_URL',
    '28000': 'the user may not sign in; correct DATABASE_URL',
    '3D000': 'there is no database of this name; create it or correct DATABASE_URL',
    '42501': 'the user may not create tables there; grant it',
    '53300': 'it has too many connections; raise max_connections',
    ECONNREFUSED: 'the server does not answer; start it or correct DATABASE_URL',
    ENOTFOUND: 'there is no such host; correct DATABASE_URL',
    SQLITE_NOTADB: 'it is not an SQLite database; move it away or restore a backup',
    SQLITE_CORRUPT: 'it is damaged; restore a backup',
    SQLITE_CANTOPEN: 'it cannot be opened; check the path and its permissions',
    SQLITE_READONLY: 'it is read-only; make it writable for this user',
    SQLITE_FULL: 'the disk is full; free some space',
    SQLITE_IOERR: 'reading or writing it failed; check the disk',
    SQLITE_BUSY: 'another process keeps it locked; wait for it, or end it if it hangs',
    ENOENT: 'there is no such folder; make it or correct DATABASE_URL',
    ENOTDIR: 'part of the path is not a folder; correct DATABASE_URL',
    EACCES: 'it cannot be opened; check the path and its permissions',
    EROFS: 'its file system is read-only; choose another folder',
    ENOSPC: 'the disk is full; free some space',
  },
  redisUnreachable: (host: string, reason: string) =>
    `Redis at ${host} cannot be reached (${reason}); start it, or correct or remove REDIS_URL`,
  noResponse: 'no response',
  badUpstreams: (file: string, mistakes: string) => `${file} is not valid; correct it:\n${mistakes}`,
  noEntryScript: 'public/assets contains no entry script; run `npm run build`',
  pagesNotBuilt: 'The pages are not built; run `npm run build`',
  portTaken: (port: number, host: string) => `Port ${port} on ${host} is taken; stop the other process or set PORT`,
  cannotListen: (host: string, port: number, code: string) =>
    `Cannot listen on ${host}:${port} (${code}); change HOST or PORT`,
  tooFewFiles: (limit: string, needed: number) =>
    `This process may open ${limit} files and needs ${needed} or more; raise the limit (ulimit -n, LimitNOFILE)`,
  badSettings: (mistakes: string) =>
    `These settings are not valid; correct them in the environment or in .env:\n${mistakes}`,
  /** What a setting has to be, where the validation library has no sentence for it. */
  settings: {
    number: 'a number is needed',
    wholeNumber: 'a whole number is needed',
    originAlone: 'give the origin alone, without a path',
    exactOrigins: 'give exact origins: https://…, or http://localhost:…',
    databaseUrl: 'give sqlite:/path/to/file or postgres://user:password@host/database',
    longKey: 'every key needs 32 characters or more',
    printableAscii: 'printable ASCII is needed',
    serviceName: 'letters, digits, - and _ are needed',
  },
};

export type StartText = typeof startEn;

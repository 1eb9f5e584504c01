import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { databaseFile } from '../database-url.js';

/** What can be known of an installation without asking it anything: cheap enough for every start. */
export interface Installation {
  config: Config;
  /** Those that sign, wherever they come from. */
  sessionKeys: readonly string[];
  /** Files that hold secrets, and what others than their owner may do with them. */
  secretFiles: readonly FileMode[];
  databaseFiles: readonly FileMode[];
  nodeVersion: string;
  /** Whether the process may do anything to the machine. */
  isRoot: boolean;
  now: Date;
}

interface FileMode {
  path: string;
  /** Permission bits, as 0o600. */
  mode: number;
}

const SECRET = /key|\.pem$/i;

export function readInstallation(config: Config, sessionKeys: readonly string[]): Installation {
  const { dataDir, database } = config;
  const file = databaseFile(database);
  return {
    config,
    sessionKeys,
    secretFiles: filesIn(dataDir).filter(({ path }) => SECRET.test(path.slice(dataDir.length))),
    databaseFiles: file === undefined ? [] : ['', '-wal', '-shm'].flatMap((end) => modeOf(`${file}${end}`)),
    nodeVersion: process.versions.node,
    isRoot: process.getuid?.() === 0,
    now: new Date(),
  };
}

/** The files of a folder and of the folders in it that hold keys; uploads may be many. */
function filesIn(folder: string, depth = 0): FileMode[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return modeOf(path);
    return entry.isDirectory() && depth === 0 && SECRET.test(entry.name) ? filesIn(path, depth + 1) : [];
  });
}

/** None when it is not there (any more). */
function modeOf(path: string): FileMode[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? [{ path, mode: stats.mode & 0o777 }] : [];
}

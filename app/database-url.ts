import { join, resolve } from 'node:path';
import type { DatabaseLocation } from '../models/index.js';

const SQLITE = /^sqlite:(?:\/\/(?=\/))?(.+)$/;

/** Whether it is `sqlite:/path/to/file` or `postgres://user:password@host/database`. */
export function isDatabaseUrl(address: string): boolean {
  if (SQLITE.test(address)) return true;
  if (!/^postgres(ql)?:\/\//.test(address) || !URL.canParse(address)) return false;
  const { hostname, pathname } = new URL(address);
  return hostname !== '' && pathname.length > 1;
}

/** @param address undefined for the SQLite file in `dataDir`. */
export function databaseLocation(address: string | undefined, dataDir: string): DatabaseLocation {
  if (address === undefined) return join(dataDir, 'allium.sqlite');
  const file = SQLITE.exec(address)?.[1];
  if (file !== undefined) return resolve(file);
  return Object.freeze({ url: address, versionsFile: join(dataDir, 'postgres') });
}

/** The file of an SQLite database. */
export const databaseFile = (location: DatabaseLocation): string | undefined =>
  typeof location === 'string' ? location : undefined;

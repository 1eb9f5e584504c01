import type { Readable } from 'node:stream';

/** Where finished files are: a folder now; an object store could do the same. Names are ours, never a client's. */
export interface MediaStorage {
  /** Makes the file at `path` available as `name`, whole or not at all. It may be gone from `path` afterwards. */
  store(path: string, name: string): Promise<void>;
  /** Does nothing when there is no such file. */
  remove(name: string): Promise<void>;
  /** Undefined when there is no such file. */
  find(name: string): Promise<StoredFile | undefined>;
  /** The bytes from `start` to `end`, both included. */
  read(name: string, range: { start: number; end: number }): Readable;
  /** Every file there is, in no order. */
  list(): AsyncIterable<StoredFile>;
}

export interface StoredFile {
  name: string;
  /** In bytes. */
  size: number;
  modifiedAt: Date;
}

const NAME = /^([0-9a-f]{32})(?:-\d{2,5})?\.(jpg|png|gif|webp)$/;
const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** What the name of a stored file says, or undefined when no file of ours is ever called that. */
export function mediaName(name: string): { key: string; type: string } | undefined {
  const [, key, extension = ''] = NAME.exec(name) ?? [];
  const type = TYPES[extension];
  return key === undefined || type === undefined ? undefined : { key, type };
}

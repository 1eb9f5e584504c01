import { createReadStream } from 'node:fs';
import { open, opendir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaName, type MediaStorage, type StoredFile } from './media-storage.js';

/** Keeps files in a folder, which several processes of one machine may share. @param dir exists, and is on one disk with the workspace. */
export function createLocalStorage(dir: string): MediaStorage {
  return {
    async store(path, name) {
      const file = await open(path, 'r+');
      try {
        await file.sync(); // a rename may reach the disk before what was written
      } finally {
        await file.close();
      }
      await rename(path, join(dir, name));
    },

    remove: (name) => rm(join(dir, name), { force: true }),
    find,
    read: (name, range) => createReadStream(join(dir, name), range),

    async *list() {
      for await (const entry of await opendir(dir)) {
        if (!entry.isFile() || !mediaName(entry.name)) continue; // whatever else lies there is not ours
        const file = await find(entry.name);
        if (file) yield file;
      }
    },
  };

  async function find(name: string): Promise<StoredFile | undefined> {
    try {
      const found = await stat(join(dir, name));
      return found.isFile() ? { name, size: found.size, modifiedAt: found.mtime } : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

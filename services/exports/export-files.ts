import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAME = /^[0-9a-f]{32}\.zip$/;

export type ExportFiles = ReturnType<typeof createExportFiles>;

/** Finished and unfinished archives, in a folder that all processes of a machine share. */
export function createExportFiles(dir: string) {
  return {
    /** Readable by the owner of the process alone. */
    create: (name: string): Writable => createWriteStream(join(dir, name), { flags: 'wx', mode: 0o600 }),
    read: (name: string): Readable => createReadStream(join(dir, name)),
    remove: (name: string): Promise<void> => rm(join(dir, name), { force: true }),
    list: async (): Promise<string[]> => (await readdir(dir)).filter((name) => NAME.test(name)),

    /** In bytes; undefined when there is no such file. */
    async sizeOf(name: string): Promise<number | undefined> {
      try {
        return (await stat(join(dir, name))).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

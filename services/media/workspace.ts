import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type Workspace = ReturnType<typeof createWorkspace>;

/** Folders for files that are not finished. Nothing in them is ever served. */
export function createWorkspace(dir: string) {
  return {
    /** Runs `work` with a folder of its own, which is gone afterwards however the work ended. */
    async use<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(dir, 'work-'));
      try {
        return await work(folder);
      } finally {
        await remove(folder);
      }
    },

    /** Removes what processes that were killed have left. @returns how many folders. */
    async sweep(olderThanMs: number): Promise<number> {
      let removed = 0;
      for (const name of await readdir(dir).catch(() => [])) {
        const found = await stat(join(dir, name)).catch(() => undefined); // gone meanwhile: its work has ended
        if (!found || found.mtimeMs > Date.now() - olderThanMs) continue;
        await remove(join(dir, name));
        removed += 1;
      }
      return removed;
    },
  };
}

/** More than once if need be: a file that was being opened may still appear. */
const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });

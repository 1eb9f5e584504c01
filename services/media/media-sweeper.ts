import type { Models } from '../../models/index.js';
import { mediaName, type MediaStorage } from './media-storage.js';
import type { Workspace } from './workspace.js';

interface MediaSweeperDeps {
  models: Models;
  storage: MediaStorage;
  workspace: Workspace;
}

/** Longer than any upload takes: what is younger may be in flight, in any process. */
const SETTLED_MS = 3_600_000;
const BATCH = 500;
const EXTENSIONS = ['jpg', 'png', 'gif', 'webp'];

/** Removes what a killed process, a deleted account or a lost disk leaves: files and rows without each other. */
export function createMediaSweeper({ models, storage, workspace }: MediaSweeperDeps) {
  const { uploads, write } = models;

  return {
    /** @param settledMs how old something has to be. */
    async sweep(settledMs = SETTLED_MS): Promise<{ files: number; rows: number; folders: number }> {
      const before = Date.now() - settledMs;
      const rows = await sweepRows(before); // first: what is left of their files is then without a row
      const files = await sweepFiles(before);
      return { files, rows, folders: await workspace.sweep(settledMs) };
    },
  };

  async function sweepFiles(before: number): Promise<number> {
    let removed = 0;
    let batch: string[] = [];
    const removeUnknown = async () => {
      const strays = await withoutRow(batch);
      for (const name of strays) await storage.remove(name);
      removed += strays.length;
      batch = [];
    };
    for await (const { name, modifiedAt } of storage.list()) {
      if (modifiedAt.getTime() <= before) batch.push(name);
      if (batch.length === BATCH) await removeUnknown();
    }
    await removeUnknown();
    return removed;
  }

  /** A variant has no row of its own; it shares its key with the picture's name. */
  async function withoutRow(names: string[]): Promise<string[]> {
    const keyed = names.map((name) => ({ name, key: mediaName(name)?.key ?? '' }));
    const candidates = keyed.flatMap(({ key }) => EXTENSIONS.map((extension) => `${key}.${extension}`));
    const known = new Set((await uploads.known(candidates)).map((filename) => mediaName(filename)?.key));
    return keyed.filter(({ key }) => !known.has(key)).map(({ name }) => name);
  }

  async function sweepRows(before: number): Promise<number> {
    if (await isEmpty()) return 0; // more likely a disk that is not mounted than pictures that are all lost
    let removed = 0;
    let after = 0;
    for (;;) {
      const rows = await uploads.after(after, BATCH);
      const lost: number[] = [];
      for (const { id, filename, createdAt } of rows) {
        after = id;
        if (createdAt.getTime() <= before && !(await storage.find(filename))) lost.push(id);
      }
      if (lost.length > 0) {
        removed += await write((transaction) => uploads.removeAll(transaction, lost));
      }
      if (rows.length < BATCH) return removed;
    }
  }

  async function isEmpty(): Promise<boolean> {
    for await (const _file of storage.list()) return false;
    return true;
  }
}

import type { Models } from '../../models/index.js';
import { mediaName, type MediaStorage } from './media-storage.js';
import type { Workspace } from './workspace.js';

interface Parts {
  models: Models;
  storage: MediaStorage;
  workspace: Workspace;
}

/** Longer than any upload takes: what is younger may be one that is under way, in whichever process. */
const SETTLED_MS = 3_600_000;
const BATCH = 500;
const EXTENSIONS = ['jpg', 'png', 'gif', 'webp'];

const KNOWN = 'SELECT filename FROM uploads WHERE filename IN (SELECT value FROM json_each(?))';
const NEXT_ROWS = `SELECT id, filename, created_at AS createdAt FROM uploads WHERE id > ? ORDER BY id LIMIT ${BATCH}`;

export type MediaSweeper = ReturnType<typeof createMediaSweeper>;

/** Removes what a killed process, a deleted account or a lost disk leaves: files and rows without each other. */
export function createMediaSweeper({ models, storage, workspace }: Parts) {
  const { Upload, read, write } = models;

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
    const rows = await read<{ filename: string }>(KNOWN, JSON.stringify(candidates));
    const known = new Set(rows.map(({ filename }) => mediaName(filename)?.key));
    return keyed.filter(({ key }) => !known.has(key)).map(({ name }) => name);
  }

  async function sweepRows(before: number): Promise<number> {
    if (await isEmpty()) return 0; // more likely a disk that is not mounted than pictures that are all lost
    let removed = 0;
    let after = 0;
    for (;;) {
      const rows = await read<{ id: number; filename: string; createdAt: string }>(NEXT_ROWS, after);
      const lost: number[] = [];
      for (const { id, filename, createdAt } of rows) {
        after = id;
        if (new Date(createdAt).getTime() <= before && !(await storage.find(filename))) lost.push(id);
      }
      if (lost.length > 0) {
        removed += await write((transaction) => Upload.destroy({ where: { id: lost }, transaction }));
      }
      if (rows.length < BATCH) return removed;
    }
  }

  async function isEmpty(): Promise<boolean> {
    for await (const _file of storage.list()) return false;
    return true;
  }
}

import type { Engine } from '../dialects/engine.js';
import type { Page, Queries, Transaction } from '../queries.js';
import { tableOf } from '../table.js';
import { defineUpload, type UploadRow } from './upload.js';

/** A stored file of a picture. */
export interface StoredImage {
  filename: string;
  /** In bytes. */
  size: number;
  /** In pixels. */
  width: number;
  height: number;
}

/** A picture and its smaller variants. */
export interface Upload extends Omit<UploadRow, 'variants'> {
  variants: StoredImage[];
}
export type NewUpload = Omit<Upload, 'id' | 'createdAt'>;

const COUNT = 'SELECT count(*) AS total FROM uploads WHERE owner_id = ?';

export function createUploads({ read, readLong, words, sequelize }: Engine) {
  const { columns, revive, insert, find, remove } = tableOf<UploadRow>(defineUpload(sequelize));
  const used = `SELECT CAST(coalesce(sum(size + ${words.jsonSum('variants', 'size')}), 0) AS BIGINT) AS bytes
    FROM uploads WHERE owner_id = ?`;
  const ofOwner = `SELECT ${columns} FROM uploads WHERE owner_id = ? ORDER BY id DESC`;
  const page = `${ofOwner} LIMIT ? OFFSET ?`;
  const after = `SELECT ${columns} FROM uploads WHERE id > ? ORDER BY id LIMIT ?`;
  const known = `SELECT filename FROM uploads WHERE filename IN (${words.textsIn})`;
  const removeAll = `DELETE FROM uploads WHERE id IN (${words.idsIn})`;
  const uploadOf = (row: object): Upload => {
    const upload = revive(row);
    return { ...upload, variants: JSON.parse(upload.variants) as StoredImage[] };
  };
  const bytesOf = async (queries: Queries, ownerId: number) => {
    const [row] = await queries.select<{ bytes: number }>(used, ownerId);
    return row?.bytes ?? 0;
  };

  return {
    insert: async (transaction: Transaction, upload: NewUpload): Promise<Upload> =>
      uploadOf(await insert(transaction, { ...upload, variants: JSON.stringify(upload.variants) })),

    async findForUpdate(transaction: Transaction, id: number): Promise<Upload | undefined> {
      const row = await find(transaction, id, words.forUpdate);
      return row && uploadOf(row);
    },

    remove,
    removeAll: (transaction: Transaction, ids: readonly number[]) =>
      transaction.execute(removeAll, JSON.stringify(ids)),

    /** What the files of an account take up together, variants included, in bytes. */
    bytesOf: (ownerId: number) => bytesOf({ select: read }, ownerId),

    /** The same after a write has added to it; until its end no other one counts. */
    async countBytes(transaction: Transaction, ownerId: number): Promise<number> {
      await transaction.lock(`uploads of ${ownerId}`);
      return bytesOf(transaction, ownerId);
    },

    /** An account's, newest first. */
    async page(ownerId: number, { page: number, limit }: Page, signal?: AbortSignal) {
      const [rows, [count]] = await Promise.all([
        readLong<object>({ signal }, page, ownerId, limit, (number - 1) * limit),
        readLong<{ total: number }>({ signal }, COUNT, ownerId),
      ]);
      return { uploads: rows.map(uploadOf), total: count?.total ?? 0 };
    },

    all: async (ownerId: number): Promise<Upload[]> => (await readLong<object>({}, ofOwner, ownerId)).map(uploadOf),

    ofOwner: async (transaction: Transaction, ownerId: number): Promise<Upload[]> =>
      (await transaction.select<object>(ofOwner, ownerId)).map(uploadOf),

    /** The next of all, by id. */
    after: async (id: number, limit: number): Promise<Upload[]> => (await read<object>(after, id, limit)).map(uploadOf),

    /** Which of these are names of pictures, without variants. */
    known: async (filenames: readonly string[]): Promise<string[]> =>
      (await read<{ filename: string }>(known, JSON.stringify(filenames))).map(({ filename }) => filename),
  };
}

/** The names of all files of a picture. */
export function filesOf({ filename, variants }: Upload): string[] {
  return [filename, ...variants.map((variant) => variant.filename)];
}

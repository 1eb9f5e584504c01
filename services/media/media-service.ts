import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { currentActor, writeAs } from '../write-as.js';
import { NotFound, QuotaExceeded, RateLimited, Unavailable } from '../errors.js';
import type { Viewer } from '../viewer.js';
import type { ImageProcessor } from './image-processor.js';
import type { ProcessedImage } from './image-writer.js';
import { mediaPolicy } from './media-policy.js';
import type { MediaStorage } from './media-storage.js';
import type { Workspace } from './workspace.js';

/** A file on its way in. */
export interface IncomingFile {
  /** What errors about it name. */
  field: string;
  /** What its owner calls it; nothing here is ever named so. */
  originalName: string;
  content: AsyncIterable<Uint8Array>;
}

export interface StoredImage {
  filename: string;
  /** In bytes. */
  size: number;
  width: number;
  height: number;
}
export interface StoredUpload extends StoredImage {
  id: number;
  originalName: string;
  variants: StoredImage[];
  createdAt: Date;
}

export type MediaService = ReturnType<typeof createMediaService>;

interface Parts {
  models: Models;
  storage: MediaStorage;
  workspace: Workspace;
  images: ImageProcessor;
  /** What the files of one person may take up together, variants included. */
  quotaBytes: number;
}

/** Uploads under way, in this process: each may put 25 MB aside, and take a minute to come. */
const MAX_AT_ONCE = 64;
const MAX_AT_ONCE_EACH = 10;

const USED = `SELECT COALESCE(SUM(size + (SELECT COALESCE(SUM(variant.value ->> 'size'), 0)
    FROM json_each(uploads.variants) AS variant)), 0) AS bytes FROM uploads WHERE owner_id = ?`;
const COLUMNS = 'id, filename, original_name AS originalName, size, width, height, variants, created_at AS createdAt';

export function createMediaService({ models, storage, workspace, images, quotaBytes }: Parts) {
  const { Upload, read, readLong, select } = models;
  const underWay: number[] = []; // whose

  return {
    /**
     * Keeps pictures, all or none. Nothing is left of what is refused or broken off.
     *
     * @throws QuotaExceeded, TooLarge, UnsupportedMediaType, ValidationFailed, and what `files` throws.
     * @throws RateLimited when this person, Unavailable when everybody together uploads too much at once.
     */
    async keep(actor: Actor, files: AsyncIterable<IncomingFile>): Promise<StoredUpload[]> {
      if (underWay.length >= MAX_AT_ONCE) throw new Unavailable('too many uploads', { retryAfterSeconds: 10 });
      const own = underWay.filter((id) => id === actor.id).length;
      if (own >= MAX_AT_ONCE_EACH) throw new RateLimited(undefined, { limit: MAX_AT_ONCE_EACH, retryAfterSeconds: 10 });
      underWay.push(actor.id);
      try {
        const [used] = await read<{ bytes: number }>(USED, actor.id);
        if ((used?.bytes ?? 0) >= quotaBytes) throw new QuotaExceeded(); // before anything is written
        return await workspace.use((folder) => keepIn(folder, actor, files));
      } finally {
        underWay.splice(underWay.indexOf(actor.id), 1);
      }
    },

    /** One's own, newest first. */
    async list(viewer: Viewer, { page, limit }: { page: number; limit: number }, source?: SignalSource) {
      const signal = source?.();
      const [rows, [count]] = await Promise.all([
        readLong<UploadRow>(
          { signal },
          `SELECT ${COLUMNS} FROM uploads WHERE owner_id = ? ORDER BY id DESC LIMIT ? OFFSET ?`,
          viewer.id,
          limit,
          (page - 1) * limit,
        ),
        readLong<{ total: number }>({ signal }, 'SELECT COUNT(*) AS total FROM uploads WHERE owner_id = ?', viewer.id),
      ]);
      return { uploads: rows.map(uploadOf), total: count?.total ?? 0 };
    },

    /** The row goes first: files without a row are nobody's, a row without files is a broken picture. @throws NotFound */
    async remove(actor: Actor, id: number): Promise<void> {
      const upload = await writeAs(models, actor, async (transaction, viewer) => {
        const found = await Upload.findByPk(id, { transaction });
        if (!found || !mediaPolicy.remove(viewer, found)) throw new NotFound();
        await found.destroy({ transaction });
        return found;
      });
      const { variants } = upload;
      for (const { filename } of [upload, ...(JSON.parse(variants) as StoredImage[])]) await storage.remove(filename);
    },
  };

  async function keepIn(folder: string, actor: Actor, files: AsyncIterable<IncomingFile>): Promise<StoredUpload[]> {
    const received = await receive(files, folder);
    await currentActor(models, actor);
    const made: { originalName: string; image: ProcessedImage }[] = [];
    for (const { path, field, originalName } of received) {
      made.push({ originalName, image: await images.process(actor.id, path, field) });
    }
    const stored: string[] = [];
    try {
      const rows: NewUpload[] = [];
      for (const { originalName, image } of made) {
        rows.push({ ownerId: actor.id, originalName, ...(await store(image, stored)) });
      }
      return await writeAs(models, actor, (transaction) => insert(actor, rows, transaction));
    } catch (error) {
      for (const name of stored) await storage.remove(name);
      throw answering(error);
    }
  }

  /** Under a name that nobody can guess and that says nothing. The picture itself comes last: with it all is there. */
  async function store({ variants, ...image }: ProcessedImage, stored: string[]) {
    const key = randomBytes(16).toString('hex');
    const put = async ({ path, extension, ...file }: Omit<ProcessedImage, 'variants'>, suffix = '') => {
      const filename = `${key}${suffix}.${extension}`;
      stored.push(filename);
      await storage.store(path, filename);
      return { filename, size: file.size, width: file.width, height: file.height };
    };
    const smaller: StoredImage[] = [];
    for (const variant of variants) smaller.push(await put(variant, `-${variant.maxWidth}`));
    return { ...(await put(image)), variants: JSON.stringify(smaller) };
  }

  async function insert({ id: ownerId }: Actor, rows: NewUpload[], transaction: Transaction): Promise<StoredUpload[]> {
    const kept: StoredUpload[] = [];
    for (const row of rows) kept.push(uploadOf((await Upload.create(row, { transaction })).get()));
    const [used] = await select<{ bytes: number }>(transaction, USED, ownerId);
    if ((used?.bytes ?? 0) > quotaBytes) throw new QuotaExceeded();
    return kept;
  }
}

type NewUpload = Omit<StoredUpload, 'id' | 'variants' | 'createdAt'> & { ownerId: number; variants: string };
type UploadRow = Omit<StoredUpload, 'variants' | 'createdAt'> & { variants: string; createdAt: Date | string };

function uploadOf({ variants, createdAt, ...row }: UploadRow): StoredUpload {
  return { ...row, variants: JSON.parse(variants) as StoredImage[], createdAt: new Date(createdAt) };
}

interface Received {
  path: string;
  field: string;
  originalName: string;
}

async function receive(files: AsyncIterable<IncomingFile>, folder: string): Promise<Received[]> {
  const received: Received[] = [];
  for await (const { field, originalName, content } of files) {
    const path = join(folder, String(received.length));
    try {
      await pipeline(content, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      throw answering(error);
    }
    received.push({ path, field, originalName });
  }
  return received;
}

/** A disk without room is nobody's fault, and may have some again. */
function answering(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS'
    ? new Unavailable('files cannot be written', { cause: error, retryAfterSeconds: 5 })
    : error;
}

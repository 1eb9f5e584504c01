import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Models } from '../../models/index.js';
import type { Cursor, Page, Transaction } from '../../models/queries.js';
import { filesOf, type NewUpload, type StoredImage, type Upload } from '../../models/uploads/uploads.js';
import type { Actor } from '../actor.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { currentActor, writeAs } from '../write-as.js';
import { Forbidden, NotFound, QuotaExceeded, RateLimited, Unavailable } from '../errors.js';
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

export type MediaService = ReturnType<typeof createMediaService>;

interface MediaServiceDeps {
  models: Models;
  storage: MediaStorage;
  workspace: Workspace;
  images: ImageProcessor;
  /** What the files of one person may take up together, variants included. */
  quotaBytes: number;
}

/** Uploads in flight, in this process: each may put 25 MB aside, and take a minute to come. */
const MAX_AT_ONCE = 64;
const MAX_AT_ONCE_EACH = 10;

export function createMediaService({ models, storage, workspace, images, quotaBytes }: MediaServiceDeps) {
  const { uploads } = models;
  const inFlight: number[] = []; // whose

  return {
    /**
     * Stores pictures, all or none. Nothing is left of what is refused or aborted.
     *
     * @throws QuotaExceeded, TooLarge, UnsupportedMediaType, ValidationFailed, and what `files` throws.
     * @throws RateLimited when this person, Unavailable when all together upload too much at once.
     */
    async keep(actor: Actor, files: AsyncIterable<IncomingFile>): Promise<Upload[]> {
      if (inFlight.length >= MAX_AT_ONCE) throw new Unavailable('too many uploads', { retryAfterSeconds: 10 });
      const own = inFlight.filter((id) => id === actor.id).length;
      if (own >= MAX_AT_ONCE_EACH) throw new RateLimited(undefined, { limit: MAX_AT_ONCE_EACH, retryAfterSeconds: 10 });
      inFlight.push(actor.id);
      try {
        if ((await uploads.bytesOf(actor.id)) >= quotaBytes) throw new QuotaExceeded(); // before anything is written
        return await workspace.use((folder) => keepIn(folder, actor, files));
      } finally {
        inFlight.splice(inFlight.indexOf(actor.id), 1);
      }
    },

    /** One's own, newest first. */
    list: (viewer: Viewer, page: Page, source?: SignalSource) => uploads.page(viewer.id, page, source?.()),

    /** Those of all accounts after a cursor, newest first, with the names of their owners. @throws Forbidden */
    async latest(viewer: Viewer, { after = Number.MAX_SAFE_INTEGER, limit }: Cursor) {
      if (!mediaPolicy.oversee(viewer)) throw new Forbidden();
      const latest = await uploads.before(after, limit);
      const owners = await models.users.names(latest.flatMap(({ ownerId }) => ownerId ?? []));
      return { latest, owners };
    },

    /** How much of their room a person's pictures take. */
    quota: async (viewer: Viewer) => ({ usedBytes: await uploads.bytesOf(viewer.id), limitBytes: quotaBytes }),

    /** Removes the row first: a row without files would be a broken picture. @throws NotFound */
    async remove(actor: Actor, id: number): Promise<void> {
      const upload = await writeAs(models, actor, async (transaction, viewer) => {
        const found = await uploads.findForUpdate(transaction, id);
        if (!found || !mediaPolicy.remove(viewer, found)) throw new NotFound();
        await uploads.remove(transaction, id);
        return found;
      });
      for (const name of filesOf(upload)) await storage.remove(name);
    },
  };

  async function keepIn(folder: string, actor: Actor, files: AsyncIterable<IncomingFile>): Promise<Upload[]> {
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
      return await writeAs(models, actor, (transaction) => insert(transaction, actor, rows));
    } catch (error) {
      for (const name of stored) await storage.remove(name);
      throw answering(error);
    }
  }

  /** Under a random name. The picture itself is stored last: its variants are there then. */
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
    return { ...(await put(image)), variants: smaller };
  }

  async function insert(transaction: Transaction, { id: ownerId }: Actor, rows: NewUpload[]): Promise<Upload[]> {
    const inserted: Upload[] = [];
    for (const row of rows) inserted.push(await uploads.insert(transaction, row));
    if ((await uploads.countBytes(transaction, ownerId)) > quotaBytes) throw new QuotaExceeded();
    return inserted;
  }
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

/** A full disk is not the client's fault, and may have room again. */
function answering(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS'
    ? new Unavailable('files cannot be written', { cause: error, retryAfterSeconds: 5 })
    : error;
}

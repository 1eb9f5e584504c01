import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import type { ExportJob } from '../../models/exports/export-jobs.js';
import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { Forbidden, NotFound } from '../errors.js';
import type { MediaStorage } from '../media/media-storage.js';
import { userPolicy } from '../users/user-policy.js';
import { writeAs } from '../write-as.js';
import { createExportArchive } from './export-archive.js';
import type { ExportFiles } from './export-files.js';

interface ExportServiceDeps {
  models: Models;
  mediaStorage: MediaStorage;
  files: ExportFiles;
  log: { warn(details: object, message: string): void };
}

/** How long a finished archive can be fetched. */
const LIFETIME_MS = 24 * 3_600_000;
/** An archive that was begun so recently is sent again: a GET that anything may repeat makes no second one. */
const RECENT_MS = 10 * 60_000;
/** A job whose process has not extended it for so long counts as failed. */
const ALIVE_MS = 60_000;
const EXTENDED_EVERY_MS = 10_000;

export type ExportService = ReturnType<typeof createExportService>;

/** Archives of what accounts have made, one at a time in each process and for each account. */
export function createExportService({ models, mediaStorage, files, log }: ExportServiceDeps) {
  const { exportJobs, write } = models;
  const writeArchive = createExportArchive({ models, mediaStorage });
  const oneAtATime = pLimit(1);
  const closing = new AbortController();
  const running = new Set<Promise<void>>();

  return {
    /** Begins an archive in place of an earlier one, unless that is in progress or recent. @throws Forbidden */
    async begin(actor: Actor): Promise<ExportJob> {
      if (!userPolicy.export(actor, actor)) throw new Forbidden();
      const file = `${randomBytes(16).toString('hex')}.zip`;
      const now = Date.now();
      const values = { userId: actor.id, file, createdAt: now, aliveUntil: now + ALIVE_MS };
      const { job, replaced } = await writeAs(models, actor, (transaction) =>
        exportJobs.begin(transaction, values, now - RECENT_MS),
      );
      for (const name of replaced) await files.remove(name);
      if (job.file === file) {
        const run = make(job).finally(() => running.delete(run));
        running.add(run);
      }
      return job;
    },

    find,

    /** A finished archive with its size in bytes. @throws NotFound, Forbidden */
    async open(actor: Actor, id: number): Promise<{ size: number; read: () => Readable }> {
      const { state, file } = await find(actor, id);
      const size = state === 'done' ? await files.sizeOf(file) : undefined;
      if (size === undefined) throw new NotFound();
      return { size, read: () => files.read(file) };
    },

    /** Removes archives after a day, and files that belong to no job. @throws Unavailable */
    async sweep(): Promise<void> {
      await write((transaction) => exportJobs.removeOlder(transaction, Date.now() - LIFETIME_MS));
      const names = await files.list();
      const known = new Set(await exportJobs.known(names));
      for (const name of names) if (!known.has(name)) await files.remove(name);
    },

    /** Waits for the archives that this process makes. */
    idle: async () => void (await Promise.all(running)),

    /** Ends the archives that this process makes, as failed. */
    async close(): Promise<void> {
      closing.abort();
      await Promise.all(running);
    },
  };

  /** One's own. @throws NotFound, Forbidden */
  async function find(actor: Actor, id: number): Promise<ExportJob> {
    if (!userPolicy.export(actor, actor)) throw new Forbidden();
    const job = await exportJobs.of(actor.id);
    if (job?.id !== id) throw new NotFound();
    const isDead = job.state === 'running' && job.aliveUntil <= Date.now();
    return isDead ? { ...job, state: 'failed' } : job;
  }

  /** Never rejects: the job says how it has ended. */
  async function make({ id, userId, file }: ExportJob): Promise<void> {
    const gone = new AbortController();
    const signal = AbortSignal.any([closing.signal, gone.signal]);
    const extending = setInterval(() => {
      void write((transaction) => exportJobs.extend(transaction, id, Date.now() + ALIVE_MS)).then(
        (runs) => runs || gone.abort(),
        (err: unknown) => log.warn({ err }, 'an export was not extended'),
      );
    }, EXTENDED_EVERY_MS);
    try {
      await oneAtATime(() => writeArchive(userId, files.create(file), signal));
      const ended = await write((transaction) => exportJobs.end(transaction, id, 'done'));
      if (!ended) await files.remove(file); // with the account
    } catch (err) {
      log.warn({ err, userId }, 'an export failed');
      await files.remove(file).catch(() => {}); // the sweep removes it, too
      await write((transaction) => exportJobs.end(transaction, id, 'failed')).catch(() => {}); // it is not extended
    } finally {
      clearInterval(extending);
    }
  }
}

import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

export type ExportState = 'running' | 'done' | 'failed';

/** An archive of an account's data. Times are in milliseconds since 1970. */
export interface ExportJob {
  id: number;
  userId: number;
  state: ExportState;
  /** The archive's name in its folder. */
  file: string;
  createdAt: number;
  /** While it runs: when its process counts as killed, unless that says otherwise before. */
  aliveUntil: number;
}

const COLUMNS = 'id, user_id AS "userId", state, file, created_at AS "createdAt", alive_until AS "aliveUntil"';
const OF_USER = `SELECT ${COLUMNS} FROM export_jobs WHERE user_id = ?`;
const REMOVE_ENDED = `DELETE FROM export_jobs WHERE user_id = ? AND (state = 'failed'
  OR state = 'done' AND created_at <= ? OR state = 'running' AND alive_until <= ?) RETURNING file`;
const INSERT = `INSERT INTO export_jobs (user_id, state, file, created_at, alive_until) VALUES (?, 'running', ?, ?, ?)
  ON CONFLICT DO NOTHING`;
const EXTEND = "UPDATE export_jobs SET alive_until = ? WHERE id = ? AND state = 'running'";
const END = "UPDATE export_jobs SET state = ? WHERE id = ? AND state = 'running'";
const REMOVE_OLD = 'DELETE FROM export_jobs WHERE created_at <= ?';

export type ExportJobs = ReturnType<typeof createExportJobs>;

export function createExportJobs({ read, words }: Engine) {
  const KNOWN = `SELECT file FROM export_jobs WHERE file IN (${words.textsIn})`;

  return {
    /** The one of this account. */
    async of(userId: number): Promise<ExportJob | undefined> {
      return (await read<ExportJob>(OF_USER, userId))[0];
    },

    /**
     * Begins one in place of an earlier one, unless that runs or is recent.
     *
     * @param recentSince when an archive must have been begun to be used again.
     * @returns the account's job, and the files of those that it replaces.
     */
    async begin(
      transaction: Transaction,
      { userId, file, createdAt, aliveUntil }: Omit<ExportJob, 'id' | 'state'>,
      recentSince: number,
    ) {
      const replaced = await transaction.select<{ file: string }>(REMOVE_ENDED, userId, recentSince, createdAt);
      await transaction.execute(INSERT, userId, file, createdAt, aliveUntil);
      const [job] = await transaction.select<ExportJob>(OF_USER, userId);
      if (!job) throw new Error('no job was inserted');
      return { job, replaced: replaced.map((row) => row.file) };
    },

    /** @returns whether it still runs. */
    extend: async (transaction: Transaction, id: number, aliveUntil: number): Promise<boolean> =>
      (await transaction.execute(EXTEND, aliveUntil, id)) > 0,

    /** @returns whether it was running: false when its account has been deleted. */
    end: async (transaction: Transaction, id: number, state: 'done' | 'failed'): Promise<boolean> =>
      (await transaction.execute(END, state, id)) > 0,

    removeOlder: (transaction: Transaction, createdAt: number) => transaction.execute(REMOVE_OLD, createdAt),

    /** The archives of an account. */
    filesOf: async (transaction: Transaction, userId: number): Promise<string[]> =>
      (await transaction.select<ExportJob>(OF_USER, userId)).map(({ file }) => file),

    /** Those of the names that a job has. */
    known: async (files: readonly string[]): Promise<string[]> =>
      (await read<{ file: string }>(KNOWN, JSON.stringify(files))).map(({ file }) => file),
  };
}

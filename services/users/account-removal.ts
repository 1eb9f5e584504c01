import { filesOf } from '../../models/uploads/uploads.js';
import type { Step } from '../../models/users/account-content.js';
import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';
import { AccountActive } from '../errors.js';
import type { ExportFiles } from '../exports/export-files.js';
import type { MediaStorage } from '../media/media-storage.js';
import { accountRemoved } from '../cache/invalidation.js';

/** What becomes of an account's posts and comments when it is deleted. */
export const CONTENT_CHOICES = ['keep', 'delete'] as const;
export type ContentChoice = (typeof CONTENT_CHOICES)[number];

export type AccountRemoval = ReturnType<typeof createAccountRemoval>;

interface AccountRemovalDeps {
  models: Models;
  mediaStorage: MediaStorage;
  exportFiles: Pick<ExportFiles, 'remove'>;
}

/** Removes an account with its content. Does not check rights: the user service does. */
export function createAccountRemoval({ models, mediaStorage, exportFiles }: AccountRemovalDeps) {
  const { users, uploads, exportJobs, accountContent: content, write } = models;

  return {
    count: content.count,

    /**
     * Removes a deactivated account in many short transactions: its content in parts, and the account with the last part.
     *
     * @throws AccountActive when it has been activated again; the rest of its content then stays.
     */
    async remove(id: number, choice: ContentChoice): Promise<void> {
      const steps = choice === 'keep' ? content.release : content.erase;
      let files: { pictures: string[]; archives: string[] } | undefined;
      do files = await write((transaction) => removeSome(transaction, id, steps), accountRemoved({ id }));
      while (!files);
      // The sweepers remove what a kill leaves here.
      for (const name of files.pictures) await mediaStorage.remove(name);
      for (const name of files.archives) await exportFiles.remove(name);
    },
  };

  /** One transaction's part. @returns the names of its files once the account is gone. */
  async function removeSome(transaction: Transaction, id: number, steps: readonly Step[]) {
    const user = await users.findForUpdate(transaction, id);
    if (user?.isActive) throw new AccountActive();
    for (const step of steps) if (await step(transaction, id)) return undefined;
    const pictures = (await uploads.ofOwner(transaction, id)).flatMap(filesOf);
    const archives = await exportJobs.filesOf(transaction, id);
    await users.remove(transaction, id);
    return { pictures, archives };
  }
}

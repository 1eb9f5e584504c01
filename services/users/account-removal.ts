import type { Transaction } from 'sequelize';
import { accountContent, type Step } from '../../models/account-content.js';
import type { Models } from '../../models/index.js';
import { AccountActive } from '../errors.js';
import type { MediaStorage } from '../media/media-storage.js';
import { ALL_POST_KEYS } from '../posts/posts-key.js';
import { userKey } from './viewers.js';

/** What becomes of an account's posts and comments when it is deleted. */
export const CONTENT_CHOICES = ['keep', 'delete'] as const;
export type ContentChoice = (typeof CONTENT_CHOICES)[number];

export type AccountRemoval = ReturnType<typeof createAccountRemoval>;

/** Removes an account with its content. Does not check rights: the user service does. */
export function createAccountRemoval({ models, mediaStorage }: { models: Models; mediaStorage: MediaStorage }) {
  const { User, write } = models;
  const content = accountContent(models);

  return {
    count: content.count,

    /**
     * Removes a deactivated account in many short transactions: its content in parts, and the account with the last part.
     *
     * @throws AccountActive when it has been activated again; the rest of its content then stays.
     */
    async remove(id: number, choice: ContentChoice): Promise<void> {
      const steps = choice === 'keep' ? content.release : content.erase;
      const keys = [userKey(id), ...ALL_POST_KEYS];
      let files: string[] | undefined;
      do files = await write((transaction) => removeSome(transaction, id, steps), keys);
      while (!files);
      for (const name of files) await mediaStorage.remove(name); // the sweeper removes what a kill leaves here
    },
  };

  /** One transaction's part. @returns the names of its files once the account is gone. */
  async function removeSome(transaction: Transaction, id: number, steps: readonly Step[]) {
    const user = await User.findByPk(id, { attributes: ['isActive'], transaction });
    if (user?.isActive) throw new AccountActive();
    for (const step of steps) if (await step(transaction, id)) return undefined;
    const files = await content.files(transaction, id);
    await User.destroy({ where: { id }, transaction });
    return files;
  }
}

import { accountContent } from '../../models/account-content.js';
import type { Models } from '../../models/index.js';
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

    /** Removes an account in many short transactions. Nothing may be written under its name any more. */
    async remove(id: number, choice: ContentChoice): Promise<void> {
      const steps = choice === 'keep' ? content.release : content.erase;
      for (const step of steps) {
        while (await write((transaction) => step(transaction, id), ALL_POST_KEYS));
      }
      const files = await write(
        async (transaction) => {
          // A request that was in flight may have written something since; little enough for one transaction.
          for (const step of steps) await step(transaction, id);
          const names = await content.files(transaction, id);
          await User.destroy({ where: { id }, transaction });
          return names;
        },
        [userKey(id), ...ALL_POST_KEYS],
      );
      for (const name of files) await mediaStorage.remove(name); // the sweeper removes what a kill leaves here
    },
  };
}

import { join } from 'node:path';
import type { Models } from '../../models/index.js';
import { createImageProcessor } from './image-processor.js';
import { createLocalStorage } from './local-storage.js';
import { createMediaService } from './media-service.js';
import { createMediaSweeper } from './media-sweeper.js';
import { createWorkspace } from './workspace.js';

export interface MediaOptions {
  /** Folder of the finished files; those that are not finished are beside them, so that a rename finishes them. */
  dir: string;
  /** What the files of one person may take up together. */
  quotaBytes: number;
}

/** Uploaded pictures: what keeps them, what serves them, and what clears up after a kill. */
export function createMedia({ models, dir, quotaBytes }: MediaOptions & { models: Models }) {
  const storage = createLocalStorage(dir);
  const workspace = createWorkspace(join(dir, '.incoming'));
  return {
    media: createMediaService({ models, storage, workspace, images: createImageProcessor(), quotaBytes }),
    mediaStorage: storage,
    mediaSweeper: createMediaSweeper({ models, storage, workspace }),
  };
}

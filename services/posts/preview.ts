import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { RateLimited } from '../errors.js';
import type { Counter, Limit } from '../limits/counters.js';
import { currentActor } from '../write-as.js';
import { renderMarkdown } from './markdown.js';

/**
 * Milliseconds of rendering of one account, in each process. Rendering blocks the process: a text that people write takes
 * a few milliseconds, the costliest some hundred.
 */
export const PREVIEW_LIMIT: Limit = { points: 6_000, windowSeconds: 60 };

export type PreviewService = ReturnType<typeof createPreviewService>;

/** Renders what is being written. @param deps.rendering counts milliseconds by account. */
export function createPreviewService({ models, rendering }: { models: Models; rendering: Counter }) {
  return {
    /** @throws RateLimited, ValidationFailed, and NotSignedIn when the rights have ended while the text arrived. */
    async render(actor: Actor, content: string): Promise<string> {
      const { id } = await currentActor(models, actor);
      const { used, limit, resetSeconds } = await rendering.read(String(id));
      if (used >= limit) throw new RateLimited('previews', { retryAfterSeconds: resetSeconds });
      const began = performance.now();
      try {
        return renderMarkdown(content).html;
      } finally {
        await rendering.add(String(id), Math.ceil(performance.now() - began));
      }
    },
  };
}

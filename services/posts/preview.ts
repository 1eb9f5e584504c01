import { RateLimited } from '../errors.js';
import type { Counter, Limit } from '../limits/counters.js';
import type { Subject } from '../viewer.js';
import { renderMarkdown } from './markdown.js';

/**
 * Milliseconds of rendering of one account, in each process. Rendering blocks the process: a text that people write takes
 * a few milliseconds, the costliest some hundred.
 */
export const PREVIEW_LIMIT: Limit = { points: 6_000, windowSeconds: 60 };

export type PreviewService = ReturnType<typeof createPreviewService>;

/** Renders what is being written. @param deps.rendering counts milliseconds by account. */
export function createPreviewService({ rendering }: { rendering: Counter }) {
  return {
    /** @throws RateLimited, ValidationFailed */
    async render({ id }: Subject, content: string): Promise<string> {
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

import { setPriority } from 'node:os';
import { reencode, type ImageFormat, type ProcessedImage } from './image-writer.js';

/** What a process of its own does for `createImageProcessor`: one picture after the other. */
export interface ImageJob {
  source: string;
  format: ImageFormat;
}
export type ImageAnswer = { image: ProcessedImage } | { failure: string };

const BEHIND_REQUESTS = 10;

setPriority(BEHIND_REQUESTS);
// Ctrl-C reaches every process of the terminal; this one goes when the server lets go of it, or is gone itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('disconnect', () => process.exit());
process.on('message', (job: ImageJob) => {
  void answerTo(job).then((answer) => process.send?.(answer));
});

async function answerTo({ source, format }: ImageJob): Promise<ImageAnswer> {
  try {
    return { image: await reencode(source, format) };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { TooLarge, Unavailable, UnsupportedMediaType, ValidationFailed } from '../errors.js';
import { createFairQueue } from './fair-queue.js';
import type { ImageAnswer, ImageJob } from './image-child.js';
import type { ImageFormat, ProcessedImage } from './image-writer.js';

/** A photograph takes a second, the largest animation ten; what takes longer was made to, and others wait for it. */
const TIMEOUT_MS = 15_000;
/** About half a minute of waiting at a second a picture. */
const QUEUE = { maxWaiting: 32, retryAfterSeconds: 10 };
/** How long the process stays for the next picture. */
const IDLE_MS = 10_000;
const TIMEOUT = 'timeout';

/** What each kind of file begins with. Bytes that begin otherwise are shown to no decoder. */
const SIGNATURES: Readonly<Record<ImageFormat, (start: string) => boolean>> = {
  jpeg: (start) => start.startsWith('\xff\xd8\xff'),
  png: (start) => start.startsWith('\x89PNG\r\n\x1a\n'),
  gif: (start) => /^GIF8[79]a/.test(start),
  webp: (start) => start.startsWith('RIFF') && start.startsWith('WEBP', 8),
};
const SIGNATURE_BYTES = 12;

export type ImageProcessor = ReturnType<typeof createImageProcessor>;

/**
 * Re-encodes pictures (see `reencode`), one at a time and in turns between accounts, in a separate process
 * that ends when there is nothing to do. Decoders fragment the memory of the process they run in: five photographs left 300 MB behind. And a picture
 * that makes one crash, or never end, takes no request with it.
 */
export function createImageProcessor() {
  const queue = createFairQueue(QUEUE);
  const helper = createHelper();

  return {
    /**
     * @param ownerId whose turn it takes.
     * @param source a file of whatever kind; the results are written beside it.
     * @param field what errors name.
     * @throws UnsupportedMediaType for anything but JPEG, PNG, GIF and WebP, by content.
     * @throws TooLarge above 40 megapixels, 500 frames or 15 s, ValidationFailed when it cannot be decoded to its end.
     * @throws Unavailable when too many are waiting.
     */
    async process(ownerId: number, source: string, field: string): Promise<ProcessedImage> {
      const format = await formatOf(source, field);
      const answer = await queue.run(ownerId, () => helper.ask({ source, format }));
      if ('failure' in answer) throw refusal(answer.failure, field);
      return answer.image;
    },
  };
}

/** @throws UnsupportedMediaType */
async function formatOf(source: string, field: string): Promise<ImageFormat> {
  const start = Buffer.alloc(SIGNATURE_BYTES);
  const file = await open(source);
  try {
    await file.read(start, 0, SIGNATURE_BYTES, 0);
  } finally {
    await file.close();
  }
  const text = start.toString('latin1');
  for (const [format, begins] of Object.entries(SIGNATURES)) if (begins(text)) return format as ImageFormat;
  throw new UnsupportedMediaType(undefined, { fields: [field], sentence: 'imageKind' });
}

/** sharp has no codes, only the words of the library that failed. */
function refusal(failure: string, field: string): Error {
  if (/No space left|quota exceeded/i.test(failure)) return new Unavailable(failure, { retryAfterSeconds: 5 });
  const fields = [field];
  if (/pixel limit/.test(failure)) return new TooLarge(failure, { fields, sentence: 'imagePixels' });
  if (/frame limit/.test(failure)) return new TooLarge(failure, { fields, sentence: 'imageFrames' });
  if (failure === TIMEOUT) return new TooLarge(failure, { fields, sentence: 'imageTime' });
  return new ValidationFailed(failure, { fields, sentence: 'imageBroken' });
}

/** Run from its source, as tests are, the server uses the build, since Node knows no TypeScript. */
const SCRIPT = import.meta.url.endsWith('.ts') ? '../../dist/services/media/image-child.js' : './image-child.js';

/** One child process, started when it is needed. It must be asked one thing at a time. */
function createHelper() {
  let running: ChildProcess | undefined;
  let leaving: NodeJS.Timeout | undefined;

  return {
    /** @throws Unavailable when the process ends instead of answering. */
    async ask(job: ImageJob): Promise<ImageAnswer> {
      clearTimeout(leaving);
      const child = (running ??= start());
      try {
        return await answerOf(child, job);
      } finally {
        leaving = setTimeout(() => leave(child), IDLE_MS).unref();
      }
    },
  };

  function start(): ChildProcess {
    const child = fork(new URL(SCRIPT, import.meta.url), {
      execArgv: [],
      // Not ours: a worker's would make it one. A single arena, from which glibc gives back what is free.
      env: { MALLOC_ARENA_MAX: '1' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('exit', () => leave(child));
    child.on('error', () => leave(child));
    child.unref();
    child.channel?.unref();
    return child;
  }

  function leave(child: ChildProcess): void {
    if (running === child) running = undefined;
    if (child.connected) child.disconnect();
  }
}

function answerOf(child: ChildProcess, job: ImageJob): Promise<ImageAnswer> {
  return new Promise((resolve, reject) => {
    let outOfTime = false;
    const patience = setTimeout(() => {
      outOfTime = true;
      child.kill('SIGKILL');
    }, TIMEOUT_MS);
    const settle = () => {
      clearTimeout(patience);
      child.off('message', answered).off('exit', ended).off('error', ended);
    };
    const answered = (answer: unknown) => {
      settle();
      resolve(answer as ImageAnswer);
    };
    const ended = (cause: unknown) => {
      settle();
      if (outOfTime) resolve({ failure: TIMEOUT });
      else reject(new Unavailable('the process for pictures has ended', { cause, retryAfterSeconds: 1 }));
    };
    child.once('message', answered).once('exit', ended).once('error', ended);
    child.send(job, (error) => error && ended(error));
  });
}

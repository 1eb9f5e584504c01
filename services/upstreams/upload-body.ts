import { Readable } from 'node:stream';
import { TooLarge } from '../errors.js';
import { ClientGone } from './failures.js';

/** How long access that has been checked is good for, so that a fast upload is not checked for each of its chunks. */
const RECHECK_MS = 100;

/** Rejects with why the client may not send any more. */
export type AccessCheck = () => Promise<void>;

/**
 * What a client sends, on its way to an upstream: as fast as the upstream takes it, and no more than allowed. Destroying
 * it leaves the client's connection alone, so that whatever went wrong can still be answered.
 *
 * A client may take a minute over its last byte, and lose its rights meanwhile: what comes late passes when access has
 * been checked again, and the upstream never sees the end of a body that may not be sent.
 */
export class UploadBody extends Readable {
  /** Whether anything of it has been taken: then it cannot be sent to another instance. */
  started = false;
  onProgress: (() => void) | undefined;
  onEnd: (() => void) | undefined;
  /** Whether it is the client that everybody waits for. */
  waiting = false;
  #bytes = 0;
  #checkedAt: number;
  #checking = false;

  /** @param checkedAt `performance.now()` */
  constructor(
    private readonly source: Readable,
    private readonly maxBytes: number,
    private readonly check: AccessCheck | undefined,
    checkedAt = performance.now(),
  ) {
    super();
    this.#checkedAt = checkedAt;
    this.on('error', () => {}); // told to the exchange as well, which may be over already
  }

  /** The same once more, for another instance. Only while it is not `started`. */
  again(): UploadBody {
    return new UploadBody(this.source, this.maxBytes, this.check, this.#checkedAt);
  }

  override _construct(callback: (error?: Error) => void): void {
    this.source.on('data', this.#take).on('end', this.#end).on('close', this.#close);
    this.source.pause();
    callback();
  }

  override _read(): void {
    this.started = true;
    this.waiting = true;
    if (!this.#checking) this.source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.source.off('data', this.#take).off('end', this.#end).off('close', this.#close);
    callback(error);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.maxBytes) return void this.destroy(new TooLarge());
    this.onProgress?.();
    this.#pass(() => {
      this.waiting = this.push(chunk);
      if (!this.waiting) this.source.pause();
    });
  };

  readonly #end = (): void =>
    this.#pass(() => {
      this.waiting = false;
      this.push(null);
      this.onEnd?.();
    });

  #pass(pass: () => void): void {
    if (!this.check || performance.now() - this.#checkedAt < RECHECK_MS) return pass();
    void this.#passChecked(pass, this.check);
  }

  async #passChecked(pass: () => void, check: AccessCheck): Promise<void> {
    this.#checking = true;
    this.source.pause();
    try {
      await check();
    } catch (error) {
      return void this.destroy(error as Error);
    }
    this.#checking = false;
    this.#checkedAt = performance.now();
    if (this.destroyed) return;
    pass();
    if (this.waiting) this.source.resume();
  }

  readonly #close = (): void => {
    if (!this.source.readableEnded) this.destroy(new ClientGone());
  };
}

import { Readable } from 'node:stream';
import { TooLarge } from '../../errors.js';
import type { AccessCheck } from '../access-check.js';
import { ClientDisconnected } from './failures.js';

/** How long one access check is good for, so that a fast upload is not checked for each of its chunks. */
const RECHECK_MS = 100;

/**
 * The body of a client's request on its way to an upstream: as fast as the upstream takes it, and at most `maxBytes`.
 * Destroying it leaves the client's connection open, so that the error can still be sent as a response.
 *
 * A client may hold its last byte back for a minute and lose its rights meanwhile. Late chunks therefore wait for an
 * access check, and the upstream never receives the end of a body that may not be sent.
 */
export class UploadBody extends Readable {
  /** Whether any of it was read: then it cannot be sent to another instance. */
  started = false;
  onProgress: (() => void) | undefined;
  onEnd: (() => void) | undefined;
  /** Whether the upstream waits for the client. */
  waiting = false;
  #bytes = 0;
  #checkedAt: number;
  #checking = false;

  /** @param checkedAt `performance.now()` */
  constructor(
    private readonly source: Readable,
    private readonly maxBytes: number,
    private readonly access: AccessCheck | undefined,
    checkedAt = performance.now(),
  ) {
    super();
    this.#checkedAt = checkedAt;
    this.on('error', () => {}); // undici passes it to the exchange, which may be over by then
  }

  /** Returns the same body for another instance. Only while it is not `started`. */
  again(): UploadBody {
    return new UploadBody(this.source, this.maxBytes, this.access, this.#checkedAt);
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
    if (!this.access || performance.now() - this.#checkedAt < RECHECK_MS) return pass();
    void this.#passChecked(pass, this.access);
  }

  async #passChecked(pass: () => void, access: AccessCheck): Promise<void> {
    this.#checking = true;
    this.source.pause();
    try {
      if (!(await access.isValid())) throw access.denied();
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
    if (!this.source.readableEnded) this.destroy(new ClientDisconnected());
  };
}

import { Readable } from 'node:stream';
import { TooLarge } from '../errors.js';
import { ClientGone } from './failures.js';

/**
 * What a client sends, on its way to an upstream: as fast as the upstream takes it, and no more than allowed. Destroying
 * it leaves the client's connection alone, so that whatever went wrong can still be answered.
 */
export class UploadBody extends Readable {
  /** Whether anything of it has been taken: then it cannot be sent to another instance. */
  started = false;
  onProgress: (() => void) | undefined;
  onEnd: (() => void) | undefined;
  /** Whether it is the client that everybody waits for. */
  waiting = false;
  #bytes = 0;

  constructor(
    private readonly source: Readable,
    private readonly maxBytes: number,
  ) {
    super();
    this.on('error', () => {}); // told to the exchange as well, which may be over already
  }

  /** The same once more, for another instance. Only while it is not `started`. */
  again(): UploadBody {
    return new UploadBody(this.source, this.maxBytes);
  }

  override _construct(callback: (error?: Error) => void): void {
    this.source.on('data', this.#take).on('end', this.#end).on('close', this.#close);
    this.source.pause();
    callback();
  }

  override _read(): void {
    this.started = true;
    this.waiting = true;
    this.source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.source.off('data', this.#take).off('end', this.#end).off('close', this.#close);
    callback(error);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > this.maxBytes) return void this.destroy(new TooLarge());
    this.onProgress?.();
    if (this.push(chunk)) return;
    this.waiting = false;
    this.source.pause();
  };

  readonly #end = (): void => {
    this.waiting = false;
    this.push(null);
    this.onEnd?.();
  };

  readonly #close = (): void => {
    if (!this.source.readableEnded) this.destroy(new ClientGone());
  };
}

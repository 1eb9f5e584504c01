import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { asciiHeaders } from './ascii-headers.js';
import { ClientGone, TimedOut } from './failures.js';
import type { UploadBody } from './upload-body.js';

export interface Outgoing {
  method: string;
  /** With its query. */
  path: string;
  /** Names and values by turns. */
  headers: string[];
  body: UploadBody | undefined;
  /** Asks for the connection itself, as a WebSocket does. */
  upgrade: boolean;
}

export interface Limits {
  headersMs: number;
  bodyIdleMs: number;
  streamIdleMs: number;
  /** `performance.now()` at which everything has to be over. */
  deadlineAt: number;
}

/** Takes an answer's body: a response of Node's, or whatever else can hold the flow up. */
export interface AnswerSink {
  /** False when it has enough for now; `drained` is called when it wants more. */
  write(chunk: Buffer): boolean;
  drained(callback: () => void): void;
  end(last: Buffer | undefined, trailers: IncomingHttpHeaders | undefined): void;
  /** What is there cannot be completed: whoever reads it must not take it for whole. */
  fail(error: Error): void;
}

/** These end with their head. Their Content-Length is that of another answer (RFC 9110 section 8.6), and undici misses it. */
const WITHOUT_BODY = new Set([204, 304]);
const MISCOUNTED = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';

/** Received before anybody wants the body; enough for small answers to be sent in one piece. */
const AHEAD_BYTES = 65_536;

/**
 * One request to one instance and its answer, on the lowest interface of undici: no stream objects in between, and the
 * flow is held up by pausing the parser.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  status = 0;
  /** In ASCII: they come from elsewhere. */
  headers: IncomingHttpHeaders = {};
  /** Of an upgrade that was granted. */
  socket: Duplex | undefined;

  #controller: Dispatcher.DispatchController | undefined;
  #answered: (() => void) | undefined;
  #refused: ((error: Error) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #totalTimer: NodeJS.Timeout | undefined;
  #sink: AnswerSink | undefined;
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  #trailers: IncomingHttpHeaders | undefined;
  #error: Error | undefined;
  #over = false;
  #body: UploadBody | undefined;
  #settled: (() => void) | undefined;

  /** @param onOver called once, when nothing more will come: with the error, if there was one. */
  constructor(
    private readonly limits: Limits,
    private readonly onOver: (error: Error | undefined) => void,
  ) {}

  get isOver(): boolean {
    return this.#over;
  }

  /** Whether it ends only when one of the two has had enough. */
  get isEndless(): boolean {
    return this.headers['content-type']?.startsWith('text/event-stream') ?? false;
  }

  /** Calls back when nothing more will come, at once if that is so already. */
  whenOver(callback: () => void): void {
    if (this.#over) callback();
    else this.#settled = callback;
  }

  /** Resolves with the head of the answer. @throws whatever undici throws, or TimedOut. */
  start(pool: Pool, { method, path, headers, body, upgrade }: Outgoing): Promise<this> {
    const { headersMs, bodyIdleMs, deadlineAt } = this.limits;
    const left = Math.max(1, deadlineAt - performance.now());
    if (body) {
      // While it is being sent, the wait is for bytes to move; only then for the answer.
      this.#arm(Math.min(bodyIdleMs, left), 'the upload');
      this.#body = body;
      this.#totalTimer = setTimeout(() => this.#late('everything together'), left);
      body.onProgress = () => this.#timer?.refresh();
      body.onEnd = () => {
        if (this.status === 0 && !this.#over) this.#arm(headersMs, 'its headers');
      };
    } else {
      this.#arm(Math.min(headersMs, left), 'its headers');
    }
    return new Promise((resolve, reject) => {
      this.#answered = () => resolve(this);
      this.#refused = reject;
      pool.dispatch(
        {
          path,
          method,
          headers,
          body: body ?? null,
          ...(upgrade && { upgrade: 'websocket' }),
        },
        this,
      );
    });
  }

  /** Sends the body on, as fast as it is taken. Once. */
  sendTo(sink: AnswerSink): void {
    this.#sink = sink;
    if (this.#error) return sink.fail(this.#error);
    const ahead = this.#ahead;
    this.#ahead = [];
    if (this.#over) return sink.end(ahead.length > 1 ? Buffer.concat(ahead) : ahead[0], this.#trailers);

    const endless = this.isEndless;
    this.#arm(endless ? this.limits.streamIdleMs : this.limits.bodyIdleMs, 'more of its answer');
    if (endless) clearTimeout(this.#totalTimer);
    else {
      const left = Math.max(1, this.limits.deadlineAt - performance.now());
      this.#totalTimer ??= setTimeout(() => this.#late('everything together'), left);
    }
    for (const chunk of ahead) this.#pass(chunk, sink);
    if (ahead.length === 0 || !this.#controller?.paused) return;
    if (this.#aheadBytes > AHEAD_BYTES) sink.drained(() => this.#resume());
  }

  /** Whoever asked has gone. Cheap when there is nothing left to end, as after nearly every answer. */
  leave(): void {
    if (!this.#over) this.abort(new ClientGone());
  }

  /** Ends it from our side: nobody wants it any more, or it took too long. */
  abort(error: Error): void {
    if (this.#over) return;
    this.#error ??= error;
    this.#controller?.abort(error); // one that has not been sent yet is ended as soon as it would be
    this.onResponseError(undefined, error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(this.#error ?? new Error('nobody waits for it'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return; // said on the way to an answer (RFC 9110 section 15.2)
    clearTimeout(this.#timer);
    this.status = status;
    this.headers = asciiHeaders(headers);
    this.#answered?.();
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    if (this.#over) return void socket.destroy();
    this.status = status;
    this.headers = asciiHeaders(headers);
    this.socket = socket;
    this.#finish(undefined);
    this.#answered?.();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink) return this.#pass(chunk, this.#sink);
    this.#ahead.push(chunk);
    this.#aheadBytes += chunk.length;
    if (this.#aheadBytes > AHEAD_BYTES) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#trailers = asciiHeaders(trailers);
    this.#finish(undefined);
    this.#sink?.end(undefined, this.#trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over) return;
    if (WITHOUT_BODY.has(this.status) && (error as NodeJS.ErrnoException).code === MISCOUNTED) {
      this.#finish(undefined);
      return this.#sink?.end(undefined, undefined);
    }
    this.#error ??= error;
    this.#finish(this.#error);
    this.#refused?.(this.#error);
    this.#sink?.fail(this.#error);
  }

  #pass(chunk: Buffer, sink: AnswerSink): void {
    this.#timer?.refresh();
    if (sink.write(chunk) || this.#controller?.paused) return;
    this.#controller?.pause();
    sink.drained(() => this.#resume());
  }

  #resume(): void {
    this.#timer?.refresh();
    this.#controller?.resume();
  }

  #arm(ms: number, awaited: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#late(awaited), ms);
  }

  /** An instance is not to blame for a client that neither sends nor takes anything. */
  #late(awaited: string): void {
    const clientIsSlow = this.#body?.waiting === true || this.#controller?.paused === true;
    this.abort(clientIsSlow ? new ClientGone('it neither sends nor takes anything') : new TimedOut(awaited));
  }

  #finish(error: Error | undefined): void {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#totalTimer);
    this.onOver(error);
    this.#settled?.();
  }
}

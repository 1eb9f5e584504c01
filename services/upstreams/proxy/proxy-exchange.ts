import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { asciiHeaders } from './ascii-headers.js';
import { ClientDisconnected, TimedOut } from './failures.js';
import type { UploadBody } from './upload-body.js';

export interface Outgoing {
  method: string;
  /** With its query. */
  path: string;
  /** Names and values in turn. */
  headers: string[];
  body: UploadBody | undefined;
  /** Whether it asks for the connection itself, as a WebSocket does. */
  upgrade: boolean;
}

export interface Limits {
  headersMs: number;
  bodyIdleMs: number;
  streamIdleMs: number;
  /** `performance.now()` by which the whole exchange must end. */
  deadlineAt: number;
}

/** Receives the body of a response: a response of Node's, or anything else that can apply backpressure. */
export interface ResponseSink {
  /** Returns false when it is full; `drained` then calls back when it takes more. */
  write(chunk: Buffer): boolean;
  drained(callback: () => void): void;
  end(last: Buffer | undefined, trailers: IncomingHttpHeaders | undefined): void;
  /** The rest is lost: the reader must not take the part it has for a complete body. */
  fail(error: Error): void;
}

/** Without a body. Their Content-Length describes another response (RFC 9110 section 8.6), and undici waits for it. */
const WITHOUT_BODY = new Set([204, 304]);
const MISCOUNTED = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';

/** Buffered before `sendTo` is called; enough for small responses to be sent in one piece. */
const AHEAD_BYTES = 65_536;

/**
 * One request to one instance and its response, on undici's lowest interface: without stream objects in between, and
 * with backpressure by pausing the parser.
 */
export class ProxyExchange implements Dispatcher.DispatchHandler {
  status = 0;
  /** In ASCII. */
  headers: IncomingHttpHeaders = {};
  /** Of an accepted upgrade. */
  socket: Duplex | undefined;

  #controller: Dispatcher.DispatchController | undefined;
  #resolveHead: (() => void) | undefined;
  #rejectHead: ((error: Error) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #totalTimer: NodeJS.Timeout | undefined;
  #sink: ResponseSink | undefined;
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  #trailers: IncomingHttpHeaders | undefined;
  #error: Error | undefined;
  #over = false;
  #body: UploadBody | undefined;
  #onceOver: (() => void) | undefined;

  /** @param onOver called once, at the end of the response: with the error, if there was one. */
  constructor(
    private readonly limits: Limits,
    private readonly onOver: (error: Error | undefined) => void,
  ) {}

  get isOver(): boolean {
    return this.#over;
  }

  /** Whether the response is an event stream, which has no end of its own. */
  get isEventStream(): boolean {
    return this.headers['content-type']?.startsWith('text/event-stream') ?? false;
  }

  /** Calls back at the end of the response, at once if it has ended already. */
  whenOver(callback: () => void): void {
    if (this.#over) callback();
    else this.#onceOver = callback;
  }

  /** Sends the request. Resolves with the head of the response. @throws what undici throws, or TimedOut. */
  start(pool: Pool, { method, path, headers, body, upgrade }: Outgoing): Promise<this> {
    const { headersMs, bodyIdleMs, deadlineAt } = this.limits;
    const left = Math.max(1, deadlineAt - performance.now());
    if (body) {
      // During the upload the timer waits for bytes to move; after it, for the response.
      this.#arm(Math.min(bodyIdleMs, left), 'the upload');
      this.#body = body;
      this.#totalTimer = setTimeout(() => this.#late('the whole exchange'), left);
      body.onProgress = () => this.#timer?.refresh();
      body.onEnd = () => {
        if (this.status === 0 && !this.#over) this.#arm(headersMs, 'its headers');
      };
    } else {
      this.#arm(Math.min(headersMs, left), 'its headers');
    }
    return new Promise((resolve, reject) => {
      this.#resolveHead = () => resolve(this);
      this.#rejectHead = reject;
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

  /** Passes the body on, as fast as the sink takes it. To be called once. */
  sendTo(sink: ResponseSink): void {
    this.#sink = sink;
    if (this.#error) return sink.fail(this.#error);
    const ahead = this.#ahead;
    this.#ahead = [];
    if (this.#over) return sink.end(ahead.length > 1 ? Buffer.concat(ahead) : ahead[0], this.#trailers);

    const { isEventStream } = this;
    this.#arm(isEventStream ? this.limits.streamIdleMs : this.limits.bodyIdleMs, 'more of its response');
    if (isEventStream) clearTimeout(this.#totalTimer);
    else {
      const left = Math.max(1, this.limits.deadlineAt - performance.now());
      this.#totalTimer ??= setTimeout(() => this.#late('the whole exchange'), left);
    }
    for (const chunk of ahead) this.#pass(chunk, sink);
    if (ahead.length === 0 || !this.#controller?.paused) return;
    if (this.#aheadBytes > AHEAD_BYTES) sink.drained(() => this.#resume());
  }

  /** Ends the exchange from our side; does nothing once it is over. */
  abort(reason?: Error): void {
    if (this.#over) return;
    const error = reason ?? new ClientDisconnected(); // made only if needed: this is called after nearly every response
    this.#error ??= error;
    this.#controller?.abort(error); // a request that is still queued is ended in onRequestStart
    this.onResponseError(undefined, error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(this.#error ?? new ClientDisconnected());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return; // interim (RFC 9110 section 15.2)
    clearTimeout(this.#timer);
    this.status = status;
    this.headers = asciiHeaders(headers);
    this.#resolveHead?.();
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
    this.#resolveHead?.();
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
    this.#rejectHead?.(this.#error);
    this.#sink?.fail(this.#error);
  }

  #pass(chunk: Buffer, sink: ResponseSink): void {
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

  /** An instance is not to blame for a client that neither sends nor reads. */
  #late(awaited: string): void {
    const clientIsSlow = this.#body?.waiting === true || this.#controller?.paused === true;
    this.abort(clientIsSlow ? new ClientDisconnected('it neither sends nor reads') : new TimedOut(awaited));
  }

  #finish(error: Error | undefined): void {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#totalTimer);
    this.onOver(error);
    this.#onceOver?.();
  }
}

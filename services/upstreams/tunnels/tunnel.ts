import type { Duplex } from 'node:stream';
import type { AccessCheck } from '../access-check.js';

/** How long a peer may take to close its connection after our close frame. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Why a WebSocket is closed (RFC 6455 section 7.4.1). */
export const GOING_AWAY = 1001;
export const POLICY_VIOLATION = 1008;
type CloseCode = typeof GOING_AWAY | typeof POLICY_VIOLATION;

export interface TunnelOptions {
  idleMs: number;
  /** Undefined for an anonymous caller. */
  access: AccessCheck | undefined;
  onClose: () => void;
}

/** Two connections joined: bytes pass between client and upstream unread. */
export class Tunnel {
  readonly access: AccessCheck | undefined;
  readonly #idleMs: number;
  #movedAt = performance.now();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly client: Duplex,
    private readonly upstream: Duplex,
    { idleMs, access, onClose }: TunnelOptions,
  ) {
    this.access = access;
    this.#idleMs = idleMs;
    let open = 2;
    const closed = () => {
      client.destroy();
      upstream.destroy();
      open -= 1;
      if (open === 0) onClose();
    };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        this.#movedAt = performance.now();
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('error', () => {}).on('close', closed); // `close` follows each error
    }
  }

  isIdle(now: number): boolean {
    return now - this.#movedAt > this.#idleMs;
  }

  /** Sends a close frame in both directions, and destroys the connections if the peers do not close them. */
  close(code: CloseCode): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.client.destroy(), CLOSE_TIMEOUT_MS);
      this.client.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.client.end(closeFrame(code, { masked: false }));
      this.upstream.end(closeFrame(code, { masked: true }));
    });
    return this.#closing;
  }
}

/** RFC 6455 section 5.5.1. Frames of a client are masked; a mask of zeros changes nothing. */
function closeFrame(code: CloseCode, { masked }: { masked: boolean }): Buffer {
  const bytes = [code >> 8, code & 0xff];
  return Buffer.from(masked ? [0x88, 0x82, 0, 0, 0, 0, ...bytes] : [0x88, 0x02, ...bytes]);
}

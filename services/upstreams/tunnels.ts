import type { Duplex } from 'node:stream';
import { ClientGone } from './failures.js';

/** Whether whoever opened a tunnel may still use it. Tunnels of one sign-in share a key, and the answer. */
export interface Standing {
  key: string;
  holds(): Promise<boolean>;
}

/** An answer that is still on its way. */
interface Flowing {
  readonly isOver: boolean;
  /** As event streams are. */
  readonly isEndless: boolean;
  abort(error: Error): void;
}

interface TunnelOptions {
  idleMs: number;
  standing: Standing | undefined;
  onClose: () => void;
}

/** Whoever is signed out is out within a second, a look at the database included. */
const SWEEP_MS = 500;
/** How long a peer may take to hang up after our last word. */
const GOODBYE_MS = 1_000;

/** Why a WebSocket is closed (RFC 6455 section 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
type Reason = typeof GOING_AWAY | typeof POLICY_VIOLATION;

export type Tunnels = ReturnType<typeof createTunnels>;

/**
 * What outlasts the look at who asks. Connections that were upgraded: bytes pass between client and upstream as they
 * come. And answers that take long. One timer looks after all of them, for thousands are open at once, and most silent.
 */
export function createTunnels() {
  const tunnels = new Set<Tunnel>();
  const answers = new Map<Flowing, Standing | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping = false;

  return {
    get size(): number {
      return tunnels.size;
    },

    join(client: Duplex, upstream: Duplex, options: TunnelOptions): void {
      const tunnel = new Tunnel(client, upstream, options, () => tunnels.delete(tunnel));
      tunnels.add(tunnel);
      timer ??= setInterval(() => void sweep(), SWEEP_MS).unref();
    },

    /** Cuts an answer off once whoever it is for may not have it any more. */
    watch(answer: Flowing, standing: Standing | undefined): void {
      answers.set(answer, standing);
      timer ??= setInterval(() => void sweep(), SWEEP_MS).unref();
    },

    /** Tells every client that we go, and waits until they have gone. Answers that have an end may come to it. */
    async close(): Promise<void> {
      clearInterval(timer);
      timer = undefined;
      for (const answer of answers.keys()) if (answer.isEndless) answer.abort(new ClientGone('the server stops'));
      answers.clear();
      await Promise.all([...tunnels].map((tunnel) => tunnel.close(GOING_AWAY)));
    },
  };

  async function sweep(): Promise<void> {
    if (sweeping) return; // the last round still asks
    sweeping = true;
    try {
      const standings = new Map<string, Promise<boolean>>();
      const now = performance.now();
      const ask = (standing: Standing | undefined) => {
        if (standing && !standings.has(standing.key)) standings.set(standing.key, answerOf(standing));
      };
      for (const tunnel of tunnels) {
        if (tunnel.isIdle(now)) void tunnel.close(GOING_AWAY);
        ask(tunnel.standing);
      }
      for (const [answer, standing] of answers) {
        if (answer.isOver) answers.delete(answer);
        else ask(standing);
      }
      const held = new Map(await Promise.all([...standings].map(async ([key, holds]) => [key, await holds] as const)));
      for (const tunnel of tunnels) {
        if (tunnel.standing && held.get(tunnel.standing.key) === false) void tunnel.close(POLICY_VIOLATION);
      }
      for (const [answer, standing] of answers) {
        if (standing && held.get(standing.key) === false) answer.abort(new ClientGone('it may not have it any more'));
      }
    } finally {
      sweeping = false;
    }
  }
}

/** While nobody can tell, nobody is thrown out. */
async function answerOf(standing: Standing): Promise<boolean> {
  try {
    return await standing.holds();
  } catch {
    return true;
  }
}

/** Two connections as one. */
class Tunnel {
  readonly standing: Standing | undefined;
  readonly #idleMs: number;
  #movedAt = performance.now();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly client: Duplex,
    private readonly upstream: Duplex,
    { idleMs, standing, onClose }: TunnelOptions,
    ended: () => void,
  ) {
    this.standing = standing;
    this.#idleMs = idleMs;
    let open = 2;
    const closed = () => {
      client.destroy();
      upstream.destroy();
      open -= 1;
      if (open > 0) return;
      ended();
      onClose();
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
      from.on('error', ignore).on('close', closed);
    }
  }

  isIdle(now: number): boolean {
    return now - this.#movedAt > this.#idleMs;
  }

  /** Says goodbye in both directions, and hangs up if nobody does so in reply. */
  close(reason: Reason): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.client.destroy(), GOODBYE_MS);
      this.client.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.client.end(closeFrame(reason, { masked: false }));
      this.upstream.end(closeFrame(reason, { masked: true }));
    });
    return this.#closing;
  }
}

/** An error is followed by `close`, which does what there is to do. */
function ignore(): void {}

/** RFC 6455 section 5.5.1. What a client sends is masked; a mask of zeros changes nothing. */
function closeFrame(reason: Reason, { masked }: { masked: boolean }): Buffer {
  const code = [reason >> 8, reason & 0xff];
  return Buffer.from(masked ? [0x88, 0x82, 0, 0, 0, 0, ...code] : [0x88, 0x02, ...code]);
}

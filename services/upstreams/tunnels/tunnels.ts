import type { Duplex } from 'node:stream';
import type { AccessCheck } from '../access-check.js';
import { ClientDisconnected } from '../proxy/failures.js';
import { GOING_AWAY, POLICY_VIOLATION, Tunnel, type TunnelOptions } from './tunnel.js';

/** A response whose body is still being sent. */
interface PendingResponse {
  readonly isOver: boolean;
  readonly isEventStream: boolean;
  abort(error: Error): void;
}

/** Access ends within a second of a sign-out, one database read included. */
const SWEEP_MS = 500;

export type Tunnels = ReturnType<typeof createTunnels>;

/**
 * Watches what outlasts the access check of its request: upgraded connections, and responses that take long. One timer
 * serves all of them, for thousands may be open at once, most of them idle.
 */
export function createTunnels() {
  const tunnels = new Set<Tunnel>();
  const responses = new Map<PendingResponse, AccessCheck | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping = false;

  return {
    get size(): number {
      return tunnels.size;
    },

    /** Joins two connections until one of them closes, is idle for too long, or its access ends. */
    join(client: Duplex, upstream: Duplex, options: TunnelOptions): void {
      const onClose = () => {
        tunnels.delete(tunnel);
        options.onClose();
      };
      const tunnel = new Tunnel(client, upstream, { ...options, onClose });
      tunnels.add(tunnel);
      startTimer();
    },

    /** Aborts a response once its client may not receive it any more. */
    watch(response: PendingResponse, access: AccessCheck | undefined): void {
      responses.set(response, access);
      startTimer();
    },

    /** Closes all tunnels and event streams, and waits until they are closed. Other responses may finish. */
    async close(): Promise<void> {
      clearInterval(timer);
      timer = undefined;
      for (const response of responses.keys()) {
        if (response.isEventStream) response.abort(new ClientDisconnected('the server stops'));
      }
      responses.clear();
      await Promise.all([...tunnels].map((tunnel) => tunnel.close(GOING_AWAY)));
    },
  };

  function startTimer(): void {
    timer ??= setInterval(() => void sweep(), SWEEP_MS).unref();
  }

  async function sweep(): Promise<void> {
    if (sweeping) return; // the last round is still in flight
    sweeping = true;
    try {
      const now = performance.now();
      for (const tunnel of tunnels) if (tunnel.isIdle(now)) void tunnel.close(GOING_AWAY);
      for (const response of responses.keys()) if (response.isOver) responses.delete(response);
      const ended = await endedAccess();
      for (const tunnel of tunnels) {
        if (tunnel.access && ended.has(tunnel.access.key)) void tunnel.close(POLICY_VIOLATION);
      }
      for (const [response, access] of responses) {
        if (access && ended.has(access.key)) response.abort(new ClientDisconnected('its access has ended'));
      }
    } finally {
      sweeping = false;
    }
  }

  /** Returns the keys of the access checks that fail. */
  async function endedAccess(): Promise<Set<string>> {
    const checks = new Map<string, AccessCheck>();
    for (const { access } of tunnels) if (access) checks.set(access.key, access);
    for (const access of responses.values()) if (access) checks.set(access.key, access);
    const ended = new Set<string>();
    const check = async (access: AccessCheck) => {
      if (!(await access.isValid())) ended.add(access.key);
    };
    await Promise.allSettled([...checks.values()].map(check)); // access stays while its check fails to run
    return ended;
  }
}

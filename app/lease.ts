import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../middlewares/state.js';
import type { Leases } from '../models/leases/leases.js';
import { repeat } from './repeat.js';

/** What the holder does from the moment it holds the lease. */
export interface Tenure {
  /** @param handedOver whether another process goes on with it. */
  end(handedOver: boolean): Promise<void>;
}

interface Options {
  leases: Leases;
  name: string;
  log: Logger;
  begin?: () => Tenure;
}

export type HeldLease = ReturnType<typeof holdLease>;

/** A holder that is killed is replaced after this, and LOOK_MS at most: within 10 s, also on a slow machine. */
const LIFETIME_MS = 6_000;
/** One renewal may fail. Each one is a write. */
const RENEW_MS = 2_900;
const LOOK_MS = 1_000;
/** How long a holder that stops waits for a successor: somewhat longer than others take to look. */
const HANDOVER_MS = 1_500;

/** Takes the lease as soon as it is free and keeps it until `close`. One process at a time holds it. */
export function holdLease({ leases, name, log, begin }: Options) {
  const holder = randomUUID();
  let expiresAt = 0;
  let isHolder = false;
  let tenure: Tenure | undefined;
  let failing = false;

  const stop = repeat(look, { everyMs: LOOK_MS, atOnce: true, failed: warn });

  return {
    /** By the clock and not by a flag: a process that was paused asks this before it has looked again. */
    isHeld: () => Date.now() < expiresAt,

    /** Frees the lease, so that another process takes it at once. Never throws. */
    async close(): Promise<void> {
      await stop();
      expiresAt = 0;
      if (!isHolder) return;
      try {
        await leases.release(name, holder);
      } catch (err) {
        log.warn({ err, lease: name }, 'the lease was not released; it expires by itself');
      }
      await tenure?.end(await isTakenOver());
    },
  };

  async function look(): Promise<void> {
    const current = await leases.find(name);
    if (current && current.holder !== holder) return lose();
    if (current && expiresAt - Date.now() > LIFETIME_MS - RENEW_MS) return;
    const asked = Date.now(); // by this clock: that of a database elsewhere may be another
    if (!(await leases.take(name, holder, LIFETIME_MS))) return lose();
    expiresAt = asked + LIFETIME_MS;
    failing = false;
    if (isHolder) return;
    isHolder = true;
    log.info({ lease: name }, 'took the lease');
    tenure = begin?.();
  }

  async function lose(): Promise<void> {
    expiresAt = 0;
    if (!isHolder) return;
    isHolder = false;
    log.warn({ lease: name }, 'lost the lease to another process');
    await tenure?.end(true);
    tenure = undefined;
  }

  async function isTakenOver(): Promise<boolean> {
    if (!tenure) return false;
    const deadline = performance.now() + HANDOVER_MS;
    while (performance.now() < deadline) {
      if (await leases.find(name).catch(() => undefined)) return true;
      await wait(LOOK_MS / 10);
    }
    return false;
  }

  function warn(err: unknown): void {
    if (!failing) log.warn({ err, lease: name }, 'the lease can be neither taken nor renewed');
    failing = true;
  }
}

import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVersions, stepsOf, type Versions } from './versions.js';

let dir: string;
let here: Versions;
let there: Versions;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-versions-'));
  here = openVersions(join(dir, 'database'));
  there = openVersions(join(dir, 'database'));
});
afterEach(() => {
  here.close();
  there.close();
  rmSync(dir, { recursive: true });
});

describe('versions', () => {
  it('stay the same while nothing changes, in every process', () => {
    expect(here.of('user:1')).toBe(there.of('user:1'));
    expect(here.of('user:1')).toBe(here.of('user:1'));
  });

  it('are none during a change and others after it', () => {
    const before = there.of('user:1');
    const change = here.begin(['user:1']);
    expect(there.of('user:1')).toBeUndefined();
    change.end();
    expect(there.of('user:1')).toBeDefined();
    expect(there.of('user:1')).not.toBe(before);
  });

  it('are none until the last of two overlapping changes has ended', () => {
    const first = here.begin(['user:1']);
    const second = there.begin(['user:1']);
    first.end();
    expect(here.of('user:1')).toBeUndefined();
    second.end();
    expect(here.of('user:1')).toBeDefined();
  });

  it('stay none after a change that never ended, until the next one', () => {
    here.begin(['user:1']);
    expect(there.of('user:1')).toBeUndefined();
    there.begin(['user:1']).end();
    expect(here.of('user:1')).toBeDefined();
  });

  it('of other keys are left alone', () => {
    const before = here.of('user:2');
    there.begin(['user:1']).end();
    expect(here.of('user:2')).toBe(before);
  });

  it.each([true, false])('are the same by a link as by the file itself (which exists: %s)', (exists) => {
    if (exists) writeFileSync(join(dir, 'database'), '');
    mkdirSync(join(dir, 'links'));
    symlinkSync('../database', join(dir, 'links/database'));
    symlinkSync('links/database', join(dir, 'link'));

    for (const link of ['link', 'links/database']) {
      const linked = openVersions(join(dir, link));
      linked.begin(['user:1']).end();
      expect(linked.of('user:1')).toBe(here.of('user:1'));
      linked.close();
    }
  });

  it('survive a restart and are only for the owner to read', () => {
    here.begin(['user:1']).end();
    const reopened = openVersions(join(dir, 'database'));
    expect(reopened.of('user:1')).toBe(here.of('user:1'));
    reopened.close();
    expect(statSync(join(dir, 'database-versions')).mode & 0o777).toBe(0o600);
  });
});

describe('changes of several processes to one slot', () => {
  /** Beginning and committing hold the database's lock; reading the slot at the end and writing it are a step each. */
  const STEPS = 4;

  it.each([2, 3])(
    'leave no copy from before an acknowledged change valid, in every order of the steps of %i',
    (count) => {
      const orders = ordersOf(Array.from({ length: count }, () => STEPS));

      const failures = orders.filter((order) => staleAfter(order, count));

      expect(failures.map((order) => order.join(''))).toEqual([]);
      expect(orders.length).toBeGreaterThan(count ** 2);
    },
  );

  /**
   * Runs the changes' steps in this order. Meanwhile a reader reads after every step, and never drops a copy: what it
   * reads later under the same version is never older, so a reader that reads less often has no older copies.
   *
   * @returns whether a copy is valid that lacks an acknowledged change, or no version is settled at the end.
   */
  function staleAfter(order: readonly number[], count: number): boolean {
    let slot = 0;
    let committed = 0;
    let acknowledged = 0;
    const copies = new Map<number, number>();
    const slots = { read: () => slot, write: (_index: number, version: number) => void (slot = version) };
    const changes = Array.from({ length: count }, () => change());
    const isStale = () => {
      if (slot % 2 === 1) return false;
      if (!copies.has(slot)) copies.set(slot, committed);
      return (copies.get(slot) ?? 0) < acknowledged;
    };
    isStale();
    return order.some((turn) => (changes[turn]?.next(), isStale())) || slot % 2 === 1;

    function* change(): Generator<void, void, void> {
      const steps = stepsOf(slots, [0]);
      steps.next();
      yield;
      const own = (committed += 1);
      yield;
      steps.next();
      yield;
      while (!steps.next().done);
      acknowledged = Math.max(acknowledged, own);
    }
  }

  /** Every order in which processes can take so many steps each; a second one begins when the first has committed. */
  function ordersOf(left: readonly number[]): number[][] {
    if (left.every((steps) => steps === 0)) return [[]];
    const locked = left.indexOf(STEPS - 1);
    return left.flatMap((steps, turn) => {
      if (steps === 0 || (steps === STEPS && locked >= 0)) return [];
      const rest = ordersOf(left.map((other, index) => (index === turn ? other - 1 : other)));
      return rest.map((order) => [turn, ...order]);
    });
  }
});

import { createHash } from 'node:crypto';
import type { UpstreamDefinition } from '../config/upstreams-file.js';

/** An instance as balancing sees it. */
export interface Candidate {
  readonly url: string;
  /** Less than declared during slow start. */
  readonly weight: number;
  readonly inFlight: number;
}

/**
 * Picks one of the candidates, of which there must be at least one.
 *
 * @param key the client's address, which leads to the same instance again with address-hash.
 */
export type Pick = <C extends Candidate>(candidates: readonly C[], key: string) => C;

/** @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html for what each balance means. */
export function createPick(balance: UpstreamDefinition['balance'], random: () => number = Math.random): Pick {
  switch (balance) {
    case 'round-robin':
    case 'weighted':
      return smoothWeighted();
    case 'least-connections':
      return leastConnections();
    case 'random':
      return twoChoices(random);
    case 'address-hash':
      return (candidates, key) => best(candidates, ({ url, weight }) => rendezvousScore(url, key, weight));
  }
}

/** Smooth weighted round-robin, as nginx does it: with weights 5, 1, 1 the first is not picked five times in a row. */
function smoothWeighted(): Pick {
  let credit = new Map<string, number>();
  let turn = 0;
  return (candidates) => {
    const [{ weight } = { weight: 1 }] = candidates;
    if (candidates.every((candidate) => candidate.weight === weight)) {
      turn = (turn + 1) % candidates.length;
      return at(candidates, turn);
    }
    const next = new Map<string, number>();
    let total = 0;
    for (const candidate of candidates) {
      total += candidate.weight;
      next.set(candidate.url, (credit.get(candidate.url) ?? 0) + candidate.weight);
    }
    const chosen = best(candidates, ({ url }) => next.get(url) ?? 0);
    next.set(chosen.url, (next.get(chosen.url) ?? 0) - total);
    credit = next;
    return chosen;
  };
}

/** Picks the least busy for its weight; equals take turns. */
function leastConnections(): Pick {
  let turn = 0;
  return (candidates) => {
    turn = (turn + 1) % candidates.length;
    const turned = [...candidates.slice(turn), ...candidates.slice(0, turn)];
    return best(turned, ({ inFlight, weight }) => -(inFlight + 1) / weight);
  };
}

/** Picks the less busy of two random ones: nearly as good as the least busy of all, without a rush to that one. */
function twoChoices(random: () => number): Pick {
  return (candidates) => {
    const first = Math.floor(random() * candidates.length);
    const others = candidates.length - 1;
    if (others === 0) return at(candidates, first);
    const second = (first + 1 + Math.floor(random() * others)) % candidates.length;
    return best([at(candidates, first), at(candidates, second)], ({ inFlight, weight }) => -(inFlight + 1) / weight);
  };
}

/**
 * Returns the rendezvous hash of an instance and a key: when an instance comes or goes, only its own keys move (for
 * weights see Schindelhauer and Schomaker, "Weighted distributed hash tables").
 */
function rendezvousScore(url: string, key: string, weight: number): number {
  const hash = createHash('md5').update(`${url}\n${key}`).digest().readUInt32BE(0);
  return -weight / Math.log((hash + 0.5) / 2 ** 32);
}

function best<C>(candidates: readonly C[], rate: (candidate: C) => number): C {
  let chosen = at(candidates, 0);
  let highest = rate(chosen);
  for (let index = 1; index < candidates.length; index += 1) {
    const candidate = at(candidates, index);
    const rating = rate(candidate);
    if (rating > highest) [chosen, highest] = [candidate, rating];
  }
  return chosen;
}

function at<C>(candidates: readonly C[], index: number): C {
  const candidate = candidates[index];
  if (candidate === undefined) throw new RangeError('there is no candidate');
  return candidate;
}

import { createHash } from 'node:crypto';
import { foldCase } from '../../models/users/user.js';
import { createAttemptGuard, type Attempt } from './attempt-guard.js';
import type { Counters, Limit } from './counters.js';
import type { AttemptSource } from './attempt-source.js';

/** What may be tried how often. Failures are counted, but for registrations, of which all are. */
export interface LoginThrottleLimits {
  /** One account from one place. */
  place: Limit;
  /** One account from places where it is not known. */
  account: Limit;
  /** All accounts from one address. */
  address: Limit;
  /** Registrations from one address. */
  registrations: Limit;
}

/** Where a sign-in is attempted from. */
interface SignInSource extends AttemptSource {
  /** How the account is known where it is tried; undefined where it is not. */
  knownAs?: string | undefined;
}

export type LoginThrottle = ReturnType<typeof createLoginThrottle>;

/**
 * Limits how often secrets can be guessed. Without a source (tests, commands) attempts are counted by account only.
 *
 * Any client can lock an account for unknown devices and networks, by failing often enough. Where an account is known
 * (see `KnownNetworks`) it has a count of its own, which only that device or network can use up.
 */
export function createLoginThrottle(
  counters: Counters,
  { place, account, address, registrations }: LoginThrottleLimits,
) {
  const signIns = createAttemptGuard(counters, 'sign-in', { place, address, account });
  const registering = createAttemptGuard(counters, 'register', { place: account, address: registrations, account });
  const currentPasswords = createAttemptGuard(counters, 'password', { account: place });
  const setups = createAttemptGuard(counters, 'setup', { address });

  return {
    signIn(login: string, source: SignInSource | undefined): Promise<Attempt> {
      const tried = keyOf(login);
      if (source?.knownAs !== undefined) return signIns.admit({ place: `${tried}:${source.knownAs}` });
      return signIns.admit({ place: placeOf(tried, source), address: countedAddress(source), account: tried });
    },

    register(email: string, source: AttemptSource | undefined): Promise<Attempt> {
      const tried = keyOf(email);
      return registering.admit({
        place: placeOf(tried, source),
        address: countedAddress(source),
        account: tried,
      });
    },

    currentPassword: (userId: number): Promise<Attempt> => currentPasswords.admit({ account: String(userId) }),

    setup: (source: AttemptSource | undefined): Promise<Attempt> => setups.admit({ address: countedAddress(source) }),
  };
}

/**
 * By what was typed and not by the account that it names: existing accounts and others are counted alike. Hashed, so
 * that a key is short and the counts name no person.
 */
function keyOf(login: string): string {
  return createHash('sha256').update(foldCase(login)).digest('base64url').slice(0, 22);
}

function placeOf(tried: string, source: AttemptSource | undefined): string | undefined {
  return source && `${tried}:${source.address}`;
}

function countedAddress(source: AttemptSource | undefined): string | undefined {
  return source?.local ? undefined : source?.address;
}

import { createHash } from 'node:crypto';
import { foldCase } from '../../models/user.js';
import { createAttemptGuard, type Attempt } from './attempt-guard.js';
import type { Counters, Limit } from './counters.js';
import type { Visitor } from './visitor.js';

/** What may be tried how often. Failures are counted, but for registrations, of which all are. */
export interface GuardLimits {
  /** One account from one place. */
  place: Limit;
  /** One account from places where it is not known. */
  account: Limit;
  /** All accounts from one address. */
  address: Limit;
  /** Registrations from one address. */
  registrations: Limit;
}

/** A visitor to a sign-in. */
interface Guest extends Visitor {
  /** How the account is known where it is tried; undefined where it is not. */
  knownAs?: string | undefined;
}

export type Guards = ReturnType<typeof createGuards>;

/**
 * Guards what can be guessed. Without a visitor (tests, commands) nothing is counted but by account.
 *
 * Anybody may lock an account for strangers, by failing often enough: its owner is none. Where an account is known it
 * has a count of its own, which nobody else can use up without that device or network.
 */
export function createGuards(counters: Counters, { place, account, address, registrations }: GuardLimits) {
  const signIns = createAttemptGuard(counters, 'sign-in', { place, address, account });
  const registering = createAttemptGuard(counters, 'register', { place: account, address: registrations, account });
  const currentPasswords = createAttemptGuard(counters, 'password', { account: place });
  const setups = createAttemptGuard(counters, 'setup', { address });

  return {
    signIn(login: string, guest: Guest | undefined): Promise<Attempt> {
      const tried = keyOf(login);
      if (guest?.knownAs !== undefined) return signIns.admit({ place: `${tried}:${guest.knownAs}` });
      return signIns.admit({ place: placeOf(tried, guest), address: countedAddress(guest), account: tried });
    },

    register(email: string, visitor: Visitor | undefined): Promise<Attempt> {
      const tried = keyOf(email);
      return registering.admit({
        place: placeOf(tried, visitor),
        address: countedAddress(visitor),
        account: tried,
      });
    },

    currentPassword: (userId: number): Promise<Attempt> => currentPasswords.admit({ account: String(userId) }),

    setup: (visitor: Visitor | undefined): Promise<Attempt> => setups.admit({ address: countedAddress(visitor) }),
  };
}

/**
 * By what was typed and not by the account that it names: existing accounts and others are counted alike. Hashed, so
 * that a key is short and the counts name nobody.
 */
function keyOf(login: string): string {
  return createHash('sha256').update(foldCase(login)).digest('base64url').slice(0, 22);
}

function placeOf(tried: string, visitor: Visitor | undefined): string | undefined {
  return visitor && `${tried}:${visitor.address}`;
}

function countedAddress(visitor: Visitor | undefined): string | undefined {
  return visitor?.local ? undefined : visitor?.address;
}

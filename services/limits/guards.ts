import { createHash } from 'node:crypto';
import { foldCase } from '../../models/user.js';
import { createAttemptGuard, type Take } from './attempt-guard.js';
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

type Work<Result> = (take: Take) => Promise<Result>;

export type Guards = ReturnType<typeof createGuards>;

/**
 * Guards what can be guessed. Without a visitor (tests, commands) nothing is counted but by account.
 *
 * Everybody may lock an account for strangers, by failing often enough: its owner is none. Where an account is known it
 * has a count of its own, which nobody else can use up without that device or network.
 */
export function createGuards(counters: Counters, { place, account, address, registrations }: GuardLimits) {
  const signIns = createAttemptGuard(counters, { name: 'sign-in', limits: { place, address, account } });
  const registering = createAttemptGuard(counters, {
    name: 'register',
    limits: { place: account, address: registrations, account },
    countSuccess: true,
  });
  const passwords = createAttemptGuard(counters, { name: 'password', limits: { account: place } });
  const setups = createAttemptGuard(counters, { name: 'setup', limits: { address } });
  const refreshes = createAttemptGuard(counters, { name: 'refresh', limits: { address } });

  return {
    signIn<Result>(login: string, guest: Guest | undefined, work: Work<Result>): Promise<Result> {
      const tried = keyOf(login);
      if (guest?.knownAs !== undefined) return signIns.attempt({ place: `${tried}:${guest.knownAs}` }, work);
      return signIns.attempt({ place: placeOf(tried, guest), address: countedAddress(guest), account: tried }, work);
    },

    register<Result>(email: string, visitor: Visitor | undefined, work: Work<Result>): Promise<Result> {
      const tried = keyOf(email);
      const keys = { place: placeOf(tried, visitor), address: countedAddress(visitor), account: tried };
      return registering.attempt(keys, work);
    },

    passwordChange<Result>(userId: number, work: Work<Result>): Promise<Result> {
      return passwords.attempt({ account: String(userId) }, work);
    },

    setup<Result>(visitor: Visitor | undefined, work: Work<Result>): Promise<Result> {
      return setups.attempt({ address: countedAddress(visitor) }, work);
    },

    /** For refresh tokens, which cannot be guessed: it keeps somebody from trying all day. */
    refresh<Result>(visitor: Visitor | undefined, work: Work<Result>): Promise<Result> {
      return refreshes.attempt({ address: countedAddress(visitor) }, work);
    },
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

import { randomInt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';
import type { SignInKind, SignInRow } from '../../models/credentials/sign-in.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { Forbidden, NotFound } from '../errors.js';
import { credentialPolicy } from './credential-policy.js';
import { credentialsChanged, credentialsKey } from '../cache/invalidation.js';
import { createWriteBehindBuffer } from './write-behind-buffer.js';
import { insertRefreshToken, REFRESH_LIFETIME_MS } from './refresh-tokens.js';

/** The device of a sign-in, and what it gets: browsers a session, other programs tokens. */
export interface Device {
  kind: SignInKind;
  /** What it calls itself; null when it says nothing we understand. */
  browser: string | null;
  os: string | null;
  address: string;
}

export interface SignInId {
  userId: number;
  signInId: number;
}

/** A sign-in that was just created. Programs get a refresh token, browsers none. */
export interface NewSignIn extends SignInId {
  refreshToken: string | undefined;
}

export type SignIns = ReturnType<typeof createSignIns>;

/** Of more sign-ins than these the one that was seen longest ago ends: no person has 500 devices. */
const MAX_PER_ACCOUNT = 500;
/** How far the database may be behind a session that is extended, at most. */
const WRITTEN_WITHIN_MS = 10 * 60_000;
/** For changes that are not made through here: by hand, say, in the database. */
const MAX_AGE_MS = 10_000;

/**
 * Who is signed in where. A session, an access token and a refresh token name a sign-in and are valid as long as its
 * row exists, in every process from the next request on.
 *
 * @param parts.sessionIdleMs how long a browser's session lives after its last use.
 */
export function createSignIns({ models, sessionIdleMs }: { models: Models; sessionIdleMs: number }) {
  const { signIns, write } = models;
  const cached = new LRUCache<number, { userId: number; version: number }>({ max: 10_000, ttl: MAX_AGE_MS });
  const seen = createWriteBehindBuffer<{ at: number; address: string }>((batch) => {
    const uses = batch.map(([id, use]) => ({ id, ...use, until: use.at + sessionIdleMs + WRITTEN_WITHIN_MS }));
    return write((transaction) => signIns.recordUse(transaction, uses));
  });

  return {
    /** Begins a sign-in, as part of a write that says `signedIn` or `passwordChanged`. */
    async begin(transaction: Transaction, userId: number, device: Device): Promise<NewSignIn> {
      const id = randomInt(1, 2 ** 48 - 1); // may be guessed: every id comes signed or from our store
      const now = Date.now();
      const lifetimeMs = device.kind === 'tokens' ? REFRESH_LIFETIME_MS : sessionIdleMs + WRITTEN_WITHIN_MS;
      const row = { ...device, id, userId, createdAt: now, lastSeenAt: now, expiresAt: now + lifetimeMs };
      await signIns.insert(transaction, row);
      await signIns.removeSurplus(transaction, userId, MAX_PER_ACCOUNT);
      const refreshToken = device.kind === 'tokens' ? await insertRefreshToken(models, transaction, id) : undefined;
      return { userId, signInId: id, refreshToken };
    },

    /** Whether the sign-in has not ended. Called on every signed-in request; mostly answered from memory. */
    async isValid({ userId, signInId }: SignInId): Promise<boolean> {
      const version = models.versionOf(credentialsKey(userId));
      const known = cached.get(signInId);
      if (known && known.version === version) return known.userId === userId;

      const ownerId = await signIns.ownerOf(signInId);
      if (ownerId !== undefined && version !== undefined) cached.set(signInId, { userId: ownerId, version });
      return ownerId === userId;
    },

    /** Records that a browser's session was just extended; `flush` writes it. */
    seen: (signInId: number, address: string): void => seen.set(signInId, { at: Date.now(), address }),

    /** Writes what `seen` has recorded. @throws Unavailable */
    flush: seen.flush,

    /** Where this person is signed in, the last seen first. @throws Forbidden to a personal access token */
    async list(actor: Actor): Promise<SignInRow[]> {
      if (!credentialPolicy.manage(actor)) throw new Forbidden('not by a personal access token');
      return signIns.valid(actor.id, Date.now());
    },

    end,

    /** Ends one of one's own. @throws NotFound; Forbidden to a personal access token */
    async endOwn(actor: Actor, signInId: number): Promise<void> {
      if (!credentialPolicy.manage(actor)) throw new Forbidden('not by a personal access token');
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const row = await signIns.findForUpdate(transaction, signInId);
          if (!row || !credentialPolicy.end(viewer, row)) throw new NotFound();
          await signIns.remove(transaction, signInId, row.userId);
        },
        credentialsChanged({ userId: actor.id }),
      );
    },

    /** Ends all of one's own but this one. @throws Forbidden to a personal access token */
    async endOthers(actor: Actor): Promise<void> {
      if (!credentialPolicy.manage(actor)) throw new Forbidden('not by a personal access token');
      const { id: userId, credentialId } = actor;
      const remove = (transaction: Transaction) => signIns.removeOthers(transaction, userId, credentialId);
      await writeAs(models, actor, remove, credentialsChanged({ userId }));
    },
  };

  /** Ends a sign-in, and with it everything that names it. @returns whether there was one. */
  async function end({ userId, signInId }: SignInId): Promise<boolean> {
    const remove = (transaction: Transaction) => signIns.remove(transaction, signInId, userId);
    const ended = await write(remove, credentialsChanged({ userId }));
    return ended > 0;
  }
}

import { randomInt } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import type { SignInKind, SignInRow } from '../../models/sign-in.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { NotFound } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { credentialPolicy } from './credential-policy.js';
import { credentialsKey } from './credentials.js';
import { createNotes } from './notes.js';
import { insertRefreshToken, REFRESH_LIFETIME_MS } from './refresh-tokens.js';

/** Where somebody signs in from, and what they get: browsers a session, other programs tokens. */
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

/** A sign-in that has begun. Programs get a refresh token, browsers none. */
export interface Begun extends SignInId {
  refreshToken: string | undefined;
}

export type SignIns = ReturnType<typeof createSignIns>;

/** Of more sign-ins than these the one that was seen longest ago ends: nobody knows 500 devices. */
const MAX_PER_ACCOUNT = 500;
/** How far the database may be behind a session that is extended, at most. */
const NOTED_WITHIN_MS = 10 * 60_000;
/** For changes that are not made through here: by hand, say, in the database. */
const MAX_AGE_MS = 10_000;

const OWNER = 'SELECT user_id AS userId FROM sign_ins WHERE id = ?';
const LIST = `SELECT id, kind, browser, os, address, created_at AS createdAt, last_seen_at AS lastSeenAt FROM sign_ins
  WHERE user_id = ? AND expires_at > ? ORDER BY last_seen_at DESC, id`;
const END_SURPLUS = `DELETE FROM sign_ins WHERE id IN
  (SELECT id FROM sign_ins WHERE user_id = ? ORDER BY last_seen_at DESC, id LIMIT -1 OFFSET ${MAX_PER_ACCOUNT})`;
const SEEN = `UPDATE sign_ins SET last_seen_at = seen.at, expires_at = seen.until, address = seen.address
  FROM (SELECT value ->> 0 AS id, value ->> 1 AS at, value ->> 2 AS until, value ->> 3 AS address FROM json_each(?)) seen
  WHERE sign_ins.id = seen.id AND last_seen_at < seen.at`;

/**
 * Who is signed in where. A sign-in's row is what makes its session, its access tokens and its refresh tokens worth
 * anything: all of them name it, and without it they are dead, in every process from the next request on.
 *
 * @param parts.sessionIdleMs how long a browser's session lives after its last use.
 */
export function createSignIns({ models, sessionIdleMs }: { models: Models; sessionIdleMs: number }) {
  const { SignIn, read, write, select, execute } = models;
  const remembered = new LRUCache<number, { userId: number; version: number }>({ max: 10_000, ttl: MAX_AGE_MS });
  const seen = createNotes<{ at: number; address: string }>((batch) => {
    const rows = batch.map(([id, { at, address }]) => [id, at, at + sessionIdleMs + NOTED_WITHIN_MS, address]);
    return write((transaction) => execute(transaction, SEEN, JSON.stringify(rows)));
  });

  return {
    /** Begins a sign-in, as part of a write that changes `credentialsKey`. */
    async begin(transaction: Transaction, userId: number, device: Device): Promise<Begun> {
      const id = randomInt(1, 2 ** 48 - 1); // beyond guessing it need not be: every id comes signed or from our store
      const now = Date.now();
      const lifetimeMs = device.kind === 'tokens' ? REFRESH_LIFETIME_MS : sessionIdleMs + NOTED_WITHIN_MS;
      const row = { ...device, id, userId, createdAt: now, lastSeenAt: now, expiresAt: now + lifetimeMs };
      await SignIn.create(row, { transaction });
      await execute(transaction, END_SURPLUS, userId);
      const refreshToken = device.kind === 'tokens' ? await insertRefreshToken(models, transaction, id) : undefined;
      return { userId, signInId: id, refreshToken };
    },

    /** Whether the sign-in still stands. Asked on every signed-in request, and mostly answered from memory. */
    async stands({ userId, signInId }: SignInId): Promise<boolean> {
      const version = models.versionOf(credentialsKey(userId));
      const known = remembered.get(signInId);
      if (known && known.version === version) return known.userId === userId;

      const [row] = await read<{ userId: number }>(OWNER, signInId);
      if (row && version !== undefined) remembered.set(signInId, { userId: row.userId, version });
      return row?.userId === userId;
    },

    /** Notes that a browser's session has just been extended. */
    seen: (signInId: number, address: string): void => seen.note(signInId, { at: Date.now(), address }),

    /** Writes what `seen` has noted. @throws Unavailable */
    flush: seen.flush,

    /** Where this person is signed in, the last seen first. */
    list: (viewer: Viewer): Promise<Omit<SignInRow, 'userId' | 'expiresAt'>[]> => read(LIST, viewer.id, Date.now()),

    end,

    /** Ends one of one's own. @throws NotFound */
    async endOwn(actor: Actor, signInId: number): Promise<void> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const [row] = await select<{ userId: number }>(transaction, OWNER, signInId);
          if (!row || !credentialPolicy.end(viewer, row)) throw new NotFound();
          await execute(transaction, 'DELETE FROM sign_ins WHERE id = ?', signInId);
        },
        [credentialsKey(actor.id)],
      );
    },

    /** Ends all of one's own but this one. */
    async endOthers(actor: Actor): Promise<void> {
      await writeAs(
        models,
        actor,
        (transaction) =>
          execute(transaction, 'DELETE FROM sign_ins WHERE user_id = ? AND id <> ?', actor.id, actor.credentialId),
        [credentialsKey(actor.id)],
      );
    },
  };

  /** Ends a sign-in, and with it everything that names it. @returns whether there was one. */
  async function end({ userId, signInId }: SignInId): Promise<boolean> {
    const ended = await write(
      (transaction) => SignIn.destroy({ where: { id: signInId, userId }, transaction }),
      [credentialsKey(userId)],
    );
    return ended > 0;
  }
}

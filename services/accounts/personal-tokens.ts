import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import type { StoredPersonalToken } from '../../models/credentials/personal-tokens.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { Forbidden, InvalidToken, NotFound, TokenExpired, TooManyTokens } from '../errors.js';
import { credentialPolicy } from './credential-policy.js';
import { credentialsChanged, credentialsKey } from '../cache/invalidation.js';
import { hashOf, opaqueToken } from './credentials.js';
import { createWriteBehindBuffer } from './write-behind-buffer.js';

/** What every personal access token begins with. */
export const PERSONAL_TOKEN_PREFIX = 'alm_';

/** `read` is for methods that change nothing, `write` for the others. */
export const SCOPES = ['read', 'write'] as const;
export type Scope = (typeof SCOPES)[number];

export interface NewPersonalToken {
  name: string;
  scopes: readonly Scope[];
  expiresInDays: number;
}

/** What may be shown of a token. */
export interface PersonalTokenInfo extends Omit<StoredPersonalToken, 'userId' | 'scopes'> {
  scopes: Scope[];
}

export type PersonalTokens = ReturnType<typeof createPersonalTokens>;

const DAY_MS = 24 * 3_600_000;
const MAX_PER_ACCOUNT = 50;
const MAX_AGE_MS = 10_000;
/** How precisely it is known when a token was last used. */
const RECORDED_EVERY_MS = 60_000;

interface CachedToken {
  version: number;
  token: PersonalTokenInfo & { userId: number };
  recordedAt: number;
}

/** Tokens that people make for their scripts: named, limited to scopes, shown once, stored as hashes. */
export function createPersonalTokens({ models }: { models: Models }) {
  const { personalTokens, write } = models;
  const cached = new LRUCache<string, CachedToken>({ max: 5_000, ttl: MAX_AGE_MS });
  const used = createWriteBehindBuffer<number>((batch) =>
    write((transaction) => personalTokens.recordUse(transaction, batch)),
  );

  return {
    /** Newest first, those that have expired included. @throws Forbidden to a personal access token */
    async list(actor: Actor): Promise<PersonalTokenInfo[]> {
      if (!credentialPolicy.manage(actor)) throw new Forbidden('not by a personal access token');
      return (await personalTokens.ofUser(actor.id)).map(infoOf);
    },

    /** @returns the token itself, which cannot be shown again. @throws TooManyTokens, Forbidden */
    async create(actor: Actor, { name, scopes, expiresInDays }: NewPersonalToken) {
      if (!credentialPolicy.manage(actor)) throw new Forbidden('not by a personal access token');
      const token = opaqueToken(PERSONAL_TOKEN_PREFIX);
      const now = Date.now();
      const row = { userId: actor.id, name, scopes: SCOPES.filter((scope) => scopes.includes(scope)).join() };
      const made = await writeAs(models, actor, async (transaction) => {
        if ((await personalTokens.count(transaction, actor.id)) >= MAX_PER_ACCOUNT) throw new TooManyTokens();
        const expiresAt = now + expiresInDays * DAY_MS;
        const values = { ...row, hash: hashOf(token), createdAt: now, lastUsedAt: null, expiresAt };
        return personalTokens.insert(transaction, values);
      });
      return { token, ...infoOf(made) };
    },

    /** Revokes one of one's own. @throws NotFound, Forbidden */
    async remove(actor: Actor, id: number): Promise<void> {
      if (!credentialPolicy.manage(actor)) throw new Forbidden('not by a personal access token');
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const row = await personalTokens.findForUpdate(transaction, id);
          if (!row || !credentialPolicy.end(viewer, row)) throw new NotFound();
          await personalTokens.remove(transaction, id);
        },
        credentialsChanged({ userId: actor.id }),
      );
    },

    /** Whose token this is and what it may do; records that it is used. @throws InvalidToken, TokenExpired */
    async find(token: string): Promise<PersonalTokenInfo & { userId: number }> {
      const known = await lookUp(hashOf(token));
      if (!known) throw new InvalidToken();
      const now = Date.now();
      if (known.token.expiresAt <= now) throw new TokenExpired();
      if (now - known.recordedAt >= RECORDED_EVERY_MS) {
        known.recordedAt = now;
        used.set(known.token.id, now);
      }
      return known.token;
    },

    /** Whether it is still valid, for what lasts longer than a request. */
    async isValid(token: string): Promise<boolean> {
      const known = await lookUp(hashOf(token));
      return known !== undefined && known.token.expiresAt > Date.now();
    },

    /** Writes when tokens were last used. @throws Unavailable */
    flush: used.flush,
  };

  async function lookUp(hash: string): Promise<CachedToken | undefined> {
    const known = cached.get(hash);
    if (known && known.version === models.versionOf(credentialsKey(known.token.userId))) return known;

    const owner = await personalTokens.findByHash(hash);
    if (!owner) return undefined;
    // The version has to be older than what is cached under it, and only now we know whose.
    const version = models.versionOf(credentialsKey(owner.userId));
    const row = await personalTokens.findByHash(hash);
    if (!row) return undefined;
    const found = {
      version: version ?? -1,
      token: { ...infoOf(row), userId: row.userId },
      recordedAt: known?.recordedAt ?? row.lastUsedAt ?? 0,
    };
    if (version !== undefined) cached.set(hash, found);
    return found;
  }
}

function infoOf({ id, name, scopes, createdAt, lastUsedAt, expiresAt }: StoredPersonalToken): PersonalTokenInfo {
  return { id, name, scopes: scopes.split(',') as Scope[], createdAt, lastUsedAt, expiresAt };
}

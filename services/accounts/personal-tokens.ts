import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import type { PersonalTokenRow } from '../../models/personal-token.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { InvalidToken, NotFound, TokenExpired, TooManyTokens } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { credentialPolicy } from './credential-policy.js';
import { credentialsKey, hashOf, opaqueToken } from './credentials.js';
import { createNotes } from './notes.js';

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
export interface PersonalTokenInfo extends Pick<PersonalTokenRow, 'id' | 'name' | 'createdAt' | 'expiresAt'> {
  scopes: Scope[];
  lastUsedAt: number | null;
}

export type PersonalTokens = ReturnType<typeof createPersonalTokens>;

const DAY_MS = 24 * 3_600_000;
const MAX_PER_ACCOUNT = 50;
const MAX_AGE_MS = 10_000;
/** How precisely it is known when a token was last used. */
const NOTED_EVERY_MS = 60_000;

type StoredToken = Omit<PersonalTokenRow, 'hash'>;
const COLUMNS = `id, user_id AS userId, name, scopes, created_at AS createdAt, last_used_at AS lastUsedAt,
  expires_at AS expiresAt`;
const BY_USER = `SELECT ${COLUMNS} FROM personal_tokens WHERE user_id = ? ORDER BY created_at DESC, id DESC`;
const BY_HASH = `SELECT ${COLUMNS} FROM personal_tokens WHERE hash = ?`;
const USED = `UPDATE personal_tokens SET last_used_at = used.at
  FROM (SELECT value ->> 0 AS id, value ->> 1 AS at FROM json_each(?)) used WHERE personal_tokens.id = used.id`;

interface Remembered {
  version: number;
  token: PersonalTokenInfo & { userId: number };
  notedAt: number;
}

/** Tokens that people make for their scripts: named, limited to scopes, shown once, kept as hashes. */
export function createPersonalTokens({ models }: { models: Models }) {
  const { PersonalToken, read, write, execute } = models;
  const remembered = new LRUCache<string, Remembered>({ max: 5_000, ttl: MAX_AGE_MS });
  const used = createNotes<number>((batch) =>
    write((transaction) => execute(transaction, USED, JSON.stringify(batch))),
  );

  return {
    /** Newest first, those that have expired included. */
    list: async (viewer: Viewer): Promise<PersonalTokenInfo[]> =>
      (await read<StoredToken>(BY_USER, viewer.id)).map(infoOf),

    /** @returns the token itself, which nobody can be shown again. @throws TooManyTokens */
    async create(actor: Actor, { name, scopes, expiresInDays }: NewPersonalToken) {
      const token = opaqueToken(PERSONAL_TOKEN_PREFIX);
      const now = Date.now();
      const row = { userId: actor.id, name, scopes: SCOPES.filter((scope) => scopes.includes(scope)).join() };
      const made = await writeAs(models, actor, async (transaction) => {
        const count = await PersonalToken.count({ where: { userId: actor.id }, transaction });
        if (count >= MAX_PER_ACCOUNT) throw new TooManyTokens();
        return PersonalToken.create(
          { ...row, hash: hashOf(token), createdAt: now, lastUsedAt: null, expiresAt: now + expiresInDays * DAY_MS },
          { transaction },
        );
      });
      return { token, ...infoOf(made.get({ plain: true })) };
    },

    /** Revokes one of one's own. @throws NotFound */
    async remove(actor: Actor, id: number): Promise<void> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const row = await PersonalToken.findByPk(id, { attributes: ['id', 'userId'], transaction });
          if (!row || !credentialPolicy.end(viewer, row)) throw new NotFound();
          await row.destroy({ transaction });
        },
        [credentialsKey(actor.id)],
      );
    },

    /** Whose token this is and what it may do; notes that it is used. @throws InvalidToken, TokenExpired */
    async find(token: string): Promise<PersonalTokenInfo & { userId: number }> {
      const known = await lookUp(hashOf(token));
      if (!known) throw new InvalidToken();
      const now = Date.now();
      if (known.token.expiresAt <= now) throw new TokenExpired();
      if (now - known.notedAt >= NOTED_EVERY_MS) {
        known.notedAt = now;
        used.note(known.token.id, now);
      }
      return known.token;
    },

    /** Whether it is still good, for what lasts longer than a request. */
    async stands(token: string): Promise<boolean> {
      const known = await lookUp(hashOf(token));
      return known !== undefined && known.token.expiresAt > Date.now();
    },

    /** Writes when tokens were last used. @throws Unavailable */
    flush: used.flush,
  };

  async function lookUp(hash: string): Promise<Remembered | undefined> {
    const known = remembered.get(hash);
    if (known && known.version === models.versionOf(credentialsKey(known.token.userId))) return known;

    const [owner] = await read<StoredToken>(BY_HASH, hash);
    if (!owner) return undefined;
    // The version has to be older than what is remembered under it, and only now we know whose.
    const version = models.versionOf(credentialsKey(owner.userId));
    const [row] = await read<StoredToken>(BY_HASH, hash);
    if (!row) return undefined;
    const found = {
      version: version ?? -1,
      token: { ...infoOf(row), userId: row.userId },
      notedAt: known?.notedAt ?? row.lastUsedAt ?? 0,
    };
    if (version !== undefined) remembered.set(hash, found);
    return found;
  }
}

function infoOf({ id, name, scopes, createdAt, lastUsedAt, expiresAt }: StoredToken): PersonalTokenInfo {
  return { id, name, scopes: scopes.split(',') as Scope[], createdAt, lastUsedAt, expiresAt };
}

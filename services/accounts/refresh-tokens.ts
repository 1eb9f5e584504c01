import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import { InvalidToken, TokenExpired, TokenReused } from '../errors.js';
import { hashOf, opaqueToken } from './credentials.js';
import type { SignIns, Begun } from './sign-ins.js';

const DAY_MS = 24 * 3_600_000;
export const REFRESH_LIFETIME_MS = 30 * DAY_MS;
/** How long a program that asks twice at the same time is given the benefit of the doubt. */
export const REFRESH_GRACE_MS = 10_000;

const PREFIX = 'alr_';
const WELL_FORMED = new RegExp(`^${PREFIX}[\\w-]{43}$`);

export type RefreshTokens = ReturnType<typeof createRefreshTokens>;

interface Known {
  signInId: number;
  userId: number;
  /** Where the family was last refreshed from. */
  address: string;
  expiresAt: number;
  spentAt: number | null;
  /** 1 when one of those it was spent for has been spent itself. */
  successorSpent: 0 | 1;
}
const IS_THERE = 'SELECT 1 FROM refresh_tokens WHERE hash = ?';
const KNOWN = `SELECT sign_in_id AS signInId, user_id AS userId, address, token.expires_at AS expiresAt,
    token.spent_at AS spentAt, EXISTS (SELECT 1 FROM refresh_tokens successor
      WHERE successor.parent = token.hash AND successor.spent_at IS NOT NULL) AS successorSpent
  FROM refresh_tokens token JOIN sign_ins ON sign_ins.id = sign_in_id WHERE token.hash = ?`;
const SPEND = 'UPDATE refresh_tokens SET spent_at = ? WHERE hash = ? AND spent_at IS NULL';
const SEEN = 'UPDATE sign_ins SET last_seen_at = ?, expires_at = ?, address = ? WHERE id = ?';

/**
 * Refresh tokens work once (RFC 9700 section 4.14.2): each is spent for its successor, in one family per sign-in. One
 * that comes back when it is spent has been stolen, or its successor has: the family ends, and both parties with it.
 *
 * A program that refreshes twice at once is no thief. For ten seconds after a token has been spent it is given another
 * successor at the same address, unless one has been spent already: then its owner is known to have got it.
 */
export function createRefreshTokens({ models, signIns }: { models: Models; signIns: SignIns }) {
  return {
    /**
     * @param address where the request comes from.
     * @throws InvalidToken, TokenExpired
     * @throws TokenReused when it was spent before; its family has ended.
     */
    async spend(token: string, address: string): Promise<Begun> {
      const hash = WELL_FORMED.test(token) ? hashOf(token) : '';
      const [there] = await models.read<object>(IS_THERE, hash);
      if (!there) throw new InvalidToken(); // without waiting for the write lock: anybody can send nonsense

      const { stolen, ...begun } = await models.write((transaction) => exchange(transaction, hash, address));
      if (!stolen) return begun;
      await signIns.end(begun);
      throw new TokenReused(undefined, { userId: begun.userId, addresses: [stolen.address, address] });
    },
  };

  async function exchange(
    transaction: Transaction,
    hash: string,
    address: string,
  ): Promise<Begun & { stolen?: Known }> {
    const [known] = await models.select<Known>(transaction, KNOWN, hash);
    const now = Date.now();
    if (!known) throw new InvalidToken();
    const { signInId, userId, expiresAt, spentAt, successorSpent } = known;
    const sameClient = known.address === address;
    if (expiresAt <= now) throw new TokenExpired();
    const excused = spentAt !== null && now - spentAt < REFRESH_GRACE_MS && !successorSpent && sameClient;
    if (spentAt !== null && !excused) return { userId, signInId, refreshToken: undefined, stolen: known };

    await models.execute(transaction, SPEND, now, hash);
    const refreshToken = await insertRefreshToken(models, transaction, signInId, hash);
    await models.execute(transaction, SEEN, now, now + REFRESH_LIFETIME_MS, address, signInId);
    return { userId, signInId, refreshToken };
  }
}

/** Writes a refresh token for a sign-in. @param parent the hash of the one that it is given for. @returns the token. */
export async function insertRefreshToken(
  { RefreshToken }: Models,
  transaction: Transaction,
  signInId: number,
  parent: string | null = null,
): Promise<string> {
  const token = opaqueToken(PREFIX);
  const row = { hash: hashOf(token), signInId, parent, expiresAt: Date.now() + REFRESH_LIFETIME_MS, spentAt: null };
  await RefreshToken.create(row, { transaction });
  return token;
}

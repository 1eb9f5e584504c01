import type { FoundRefreshToken } from '../../models/credentials/refresh-tokens.js';
import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';
import { InvalidToken, TokenExpired, TokenReused } from '../errors.js';
import { hashOf, opaqueToken } from './credentials.js';
import type { SignIns, NewSignIn } from './sign-ins.js';

const DAY_MS = 24 * 3_600_000;
export const REFRESH_LIFETIME_MS = 30 * DAY_MS;
/** How long a spent token may come again from the same address: of a program that refreshes twice at once. */
export const REFRESH_GRACE_MS = 10_000;

const PREFIX = 'alr_';
const WELL_FORMED = new RegExp(`^${PREFIX}[\\w-]{43}$`);

/**
 * Refresh tokens work once (RFC 9700 section 4.14.2): each is spent for its successor, in one family per sign-in. One
 * that comes back when it is spent has been stolen, or its successor has: the family ends, and both parties with it.
 *
 * A program that refreshes twice at once is no thief. For ten seconds after a token has been spent it is given another
 * successor at the same address, unless one has been spent already: then its owner is known to have got it.
 */
export function createRefreshTokens({ models, signIns }: { models: Models; signIns: SignIns }) {
  const { refreshTokens } = models;

  return {
    /**
     * @param address where the request comes from.
     * @throws InvalidToken, TokenExpired
     * @throws TokenReused when it was spent before; its family has ended.
     */
    async spend(token: string, address: string): Promise<NewSignIn> {
      const hash = WELL_FORMED.test(token) ? hashOf(token) : '';
      // Without waiting for the write lock: any client can send nonsense.
      if (!(await models.refreshTokens.exists(hash))) throw new InvalidToken();

      const { stolen, ...signIn } = await models.write((transaction) => exchange(transaction, hash, address));
      if (!stolen) return signIn;
      await signIns.end(signIn);
      throw new TokenReused(undefined, { userId: signIn.userId, addresses: [stolen.address, address] });
    },
  };

  async function exchange(
    transaction: Transaction,
    hash: string,
    address: string,
  ): Promise<NewSignIn & { stolen?: FoundRefreshToken }> {
    const known = await refreshTokens.findForUpdate(transaction, hash);
    const now = Date.now();
    if (!known) throw new InvalidToken();
    const { signInId, userId, expiresAt, spentAt } = known;
    if (expiresAt <= now) throw new TokenExpired();
    const mayComeAgain =
      spentAt === null ||
      (now - spentAt < REFRESH_GRACE_MS &&
        known.address === address &&
        !(await refreshTokens.hasSpentSuccessor(transaction, hash)));
    if (!mayComeAgain) return { userId, signInId, refreshToken: undefined, stolen: known };

    await refreshTokens.spend(transaction, hash, now);
    const refreshToken = await insertRefreshToken(models, transaction, signInId, hash);
    await models.signIns.recordUse(transaction, [{ id: signInId, at: now, until: now + REFRESH_LIFETIME_MS, address }]);
    return { userId, signInId, refreshToken };
  }
}

/** Writes a refresh token for a sign-in. @param parent the hash of the one that is spent for it. @returns the token. */
export async function insertRefreshToken(
  { refreshTokens }: Models,
  transaction: Transaction,
  signInId: number,
  parent: string | null = null,
): Promise<string> {
  const token = opaqueToken(PREFIX);
  const expiresAt = Date.now() + REFRESH_LIFETIME_MS;
  await refreshTokens.insert(transaction, { hash: hashOf(token), signInId, parent, expiresAt });
  return token;
}

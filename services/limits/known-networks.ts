import { createHmac } from 'node:crypto';
import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';
import type { DeviceTokens } from './device-tokens.js';
import type { AttemptSource } from './attempt-source.js';

export type KnownNetworks = ReturnType<typeof createKnownNetworks>;

/** How an account is known at the source of an attempt. */
export interface KnownNetwork {
  /** Names the network among the account's; undefined where it is not known. */
  knownAs: string | undefined;
  /** Written less than a day ago: need not be written again. */
  seenRecently: boolean;
}

const DAY_MS = 86_400_000;
const REMEMBERED_MS = 30 * DAY_MS;
const MAX_NETWORKS = 20;

interface KnownNetworksDeps {
  models: Pick<Models, 'knownNetworks'>;
  deviceTokens: Pick<DeviceTokens, 'deviceOf'>;
  /** Addresses are stored as a keyed hash: the table must not reveal where people live. */
  secret: string;
}

/** From where each account has signed in: by the device's cookie, or from a network within the last 30 days. */
export function createKnownNetworks({ models, deviceTokens, secret }: KnownNetworksDeps) {
  return {
    /** @param userId undefined for an account that does not exist, which is looked up all the same. */
    async find(userId: number | undefined, { address, deviceToken }: AttemptSource): Promise<KnownNetwork> {
      const now = Date.now();
      const device = deviceTokens.deviceOf(deviceToken, userId);
      const network = networkOf(address);
      const seenAt = await models.knownNetworks.lastSeen(userId ?? 0, network, now - REMEMBERED_MS);
      const knownAs = device ?? (seenAt === undefined ? undefined : network);
      return { knownAs, seenRecently: seenAt !== undefined && seenAt > now - DAY_MS };
    },

    /** The account has signed in from there. */
    async remember(transaction: Transaction, userId: number, { address }: AttemptSource): Promise<void> {
      const now = Date.now();
      await models.knownNetworks.record(transaction, userId, networkOf(address), now);
      await models.knownNetworks.removeOld(transaction, userId, { before: now - REMEMBERED_MS, most: MAX_NETWORKS });
    },
  };

  function networkOf(address: string): string {
    return createHmac('sha256', secret).update(`allium: network ${address}`).digest('base64url').slice(0, 22);
  }
}

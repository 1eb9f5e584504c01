import { createHmac } from 'node:crypto';
import type { Models } from '../../models/index.js';
import type { DeviceTokens } from './device-tokens.js';
import type { Visitor } from './visitor.js';

export type KnownPlaces = ReturnType<typeof createKnownPlaces>;

/** How an account is known where somebody tries to sign in to it. */
export interface KnownPlace {
  /** Names the place among the account's; undefined where it is not known. */
  knownAs: string | undefined;
  /** Noted so lately that it need not be written again. */
  lately: boolean;
}

type Transaction = Parameters<Models['execute']>[0];

const DAY_MS = 86_400_000;
const REMEMBERED_MS = 30 * DAY_MS;
const MAX_PLACES = 20;

const FIND = 'SELECT seen_at AS seenAt FROM sign_in_places WHERE user_id = ? AND place = ? AND seen_at > ?';
const REMEMBER = `
  INSERT INTO sign_in_places (user_id, place, seen_at) VALUES (?, ?, ?)
  ON CONFLICT (user_id, place) DO UPDATE SET seen_at = excluded.seen_at`;
const FORGET = `
  DELETE FROM sign_in_places WHERE user_id = ? AND (seen_at <= ? OR place NOT IN
    (SELECT place FROM sign_in_places WHERE user_id = ? ORDER BY seen_at DESC LIMIT ${MAX_PLACES}))`;

interface Parts {
  models: Pick<Models, 'read' | 'execute'>;
  deviceTokens: Pick<DeviceTokens, 'deviceOf'>;
  /** Addresses are kept under a keyed hash: the table is to say who is no stranger, not where people live. */
  secret: string;
}

/** From where each account has signed in: by the device's cookie, or from a network within the last 30 days. */
export function createKnownPlaces({ models, deviceTokens, secret }: Parts) {
  return {
    /** @param userId undefined for an account that does not exist, which is asked about all the same. */
    async find(userId: number | undefined, { address, deviceToken }: Visitor): Promise<KnownPlace> {
      const now = Date.now();
      const device = deviceTokens.deviceOf(deviceToken, userId);
      const place = placeOf(address);
      const [row] = await models.read<{ seenAt: number }>(FIND, userId ?? 0, place, now - REMEMBERED_MS);
      return { knownAs: device ?? (row && place), lately: row !== undefined && row.seenAt > now - DAY_MS };
    },

    /** The account has signed in from there. */
    async remember(userId: number, { address }: Visitor, transaction: Transaction): Promise<void> {
      const now = Date.now();
      await models.execute(transaction, REMEMBER, userId, placeOf(address), now);
      await models.execute(transaction, FORGET, userId, now - REMEMBERED_MS, userId);
    },
  };

  function placeOf(address: string): string {
    return createHmac('sha256', secret).update(`allium: network ${address}`).digest('base64url').slice(0, 22);
  }
}

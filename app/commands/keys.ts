import { KEY_OVERLAP_MS, type StoredKey } from '../../services/accounts/signing-keys.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';

/** `allium keys list`: every key that signs or verifies access tokens. @throws StartError */
export function listKeys({ dataDir }: Config): void {
  const keys = openDataDir(dataDir).tokenKeys().read();
  const lines = keys.map((key, index) => `${key.kid}  made ${dateOf(key)}  ${stateOf(keys, index)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * `allium keys rotate`: makes a key that signs from now on, and removes those whose tokens have all expired.
 *
 * @param options.now for a key that has leaked: removes every older one, and with it what it has signed.
 * @throws StartError
 */
export function rotateKeys({ dataDir }: Config, options: { now: boolean }): void {
  const files = openDataDir(dataDir).tokenKeys();
  const { kid } = files.add();
  const keys = files.read();
  const over = keys.filter((key, index) => key.kid !== kid && (options.now || hasEnded(keys, index)));
  for (const key of over) files.remove(key.kid);
  const rest = options.now
    ? 'Tokens signed by older keys are no longer valid.\n'
    : `Older keys verify for another ${KEY_OVERLAP_MS / 60_000} minutes.\n`;
  process.stdout.write(`${kid} signs from now on. ${rest}`);
}

function stateOf(keys: readonly StoredKey[], index: number): string {
  const newer = keys[index + 1];
  if (!newer) return 'signs';
  return hasEnded(keys, index) ? 'expired' : `verifies until ${dateOf(newer, KEY_OVERLAP_MS)}`;
}

function hasEnded(keys: readonly StoredKey[], index: number): boolean {
  const newer = keys[index + 1];
  return newer !== undefined && newer.createdAt + KEY_OVERLAP_MS <= Date.now();
}

const dateOf = ({ createdAt }: StoredKey, laterMs = 0) => new Date(createdAt + laterMs).toISOString();

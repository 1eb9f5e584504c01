import { KEY_OVERLAP_MS, type StoredKey } from '../../services/accounts/signing-keys.js';
import { cliIn, type CliText } from '../../views/locales/cli.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';

/** `allium keys list`: every key that signs or verifies access tokens. @throws StartError */
export function listKeys({ dataDir }: Config, locale: Locale): void {
  const text = cliIn[locale].keys;
  const keys = openDataDir(dataDir).tokenKeys().read();
  const lines = keys.map((key, index) => `${key.kid}  ${text.created(dateOf(key))}  ${stateOf(keys, index, text)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * `allium keys rotate`: creates the key that signs all new tokens, and removes keys whose tokens have all expired.
 *
 * @param options.now for a key that has leaked: removes all older keys, which invalidates the tokens they have signed.
 * @throws StartError
 */
export function rotateKeys({ dataDir }: Config, options: { now: boolean }, locale: Locale): void {
  const files = openDataDir(dataDir).tokenKeys();
  const { kid } = files.add();
  const keys = files.read();
  const over = keys.filter((key, index) => key.kid !== kid && (options.now || hasEnded(keys, index)));
  for (const key of over) files.remove(key.kid);
  const text = cliIn[locale].keys;
  const older = options.now ? text.olderInvalid : text.olderVerify(KEY_OVERLAP_MS / 60_000);
  process.stdout.write(`${text.rotated(kid)}\n${older}\n`);
}

function stateOf(keys: readonly StoredKey[], index: number, text: CliText['keys']): string {
  const newer = keys[index + 1];
  if (!newer) return text.signs;
  return hasEnded(keys, index) ? text.expired : text.verifies(dateOf(newer, KEY_OVERLAP_MS));
}

function hasEnded(keys: readonly StoredKey[], index: number): boolean {
  const newer = keys[index + 1];
  return newer !== undefined && newer.createdAt + KEY_OVERLAP_MS <= Date.now();
}

const dateOf = ({ createdAt }: StoredKey, laterMs = 0) => new Date(createdAt + laterMs).toISOString();

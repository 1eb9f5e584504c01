import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigningKey, type SigningKeyFiles, type StoredKey } from '../services/accounts/signing-keys.js';
import { writeOnce } from './generated-once.js';
import { StartError } from './start-error.js';

/** The keys that sign access tokens: a private JWK (RFC 7517) in a file each, named by number, the newest last. */
export interface TokenKeys extends SigningKeyFiles {
  /** Makes a key that is newer than all others. @throws StartError */
  add(): StoredKey;
  remove(kid: string): void;
}

/** Opens the folder, which exists, and makes the first key if there is none. @throws StartError */
export function openTokenKeys(folder: string): TokenKeys {
  const numbers = () =>
    readdirSync(folder)
      .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  const fileOf = (number: number) => join(folder, `${number}.json`);
  const keys: TokenKeys = {
    version: () => numbers().join(),
    read: () => numbers().map((number) => readKey(fileOf(number))),

    add() {
      const key = generateSigningKey();
      for (let number = (numbers().at(-1) ?? 0) + 1; ; number += 1) {
        // Another process may have taken the number at the same instant.
        if (writeOnce(fileOf(number), JSON.stringify(key))) return key;
      }
    },

    remove(kid) {
      const number = numbers().find((one) => readKey(fileOf(one)).kid === kid);
      if (number !== undefined) rmSync(fileOf(number));
    },
  };

  if (numbers().length === 0) writeOnce(fileOf(1), JSON.stringify(generateSigningKey()));
  keys.read(); // a damaged one stops the start
  return keys;
}

function readKey(file: string): StoredKey {
  try {
    const key = JSON.parse(readFileSync(file, 'utf8')) as StoredKey;
    if (typeof key.kid !== 'string' || typeof key.createdAt !== 'number' || key.d === undefined) throw new Error();
    return key;
  } catch (cause) {
    throw new StartError(({ start }) => start.noTokenKey(file), { cause });
  }
}

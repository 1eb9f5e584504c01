import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A private key on the P-256 curve as a JWK (RFC 7517, RFC 7518 section 6.2), and when it was made. */
export interface StoredKey {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  d: string;
  kid: string;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** Where keys are stored. */
export interface SigningKeyFiles {
  /** Another text whenever a key has come or gone. */
  version(): string;
  /** Oldest first, one at least. */
  read(): StoredKey[];
}

/** The public part of a key. */
export interface PublicJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  kid: string;
  use: 'sig';
  alg: typeof SIGNING_ALGORITHM;
}

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: PublicJwk;
  /** Milliseconds since 1970; infinite for the newest. */
  verifiesUntil: number;
}

export const SIGNING_ALGORITHM = 'ES256';

/**
 * How long a key verifies after a newer one has taken over: longer than the tokens it has signed live, plus a margin for
 * workers that have not noticed yet and clocks that differ.
 */
export const KEY_OVERLAP_MS = 20 * 60_000;
/** How soon a running process notices that keys have come or gone. */
const NOTICED_WITHIN_MS = 1_000;

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/**
 * The keys that sign tokens, as they are now: `allium keys rotate` needs no restart. The newest signs at once; a
 * verifier fetches the published set again when it meets a `kid` that it does not know (OpenID Connect Core section
 * 10.1.1).
 */
export function createSigningKeys({ files }: { files: SigningKeyFiles }) {
  let version = '';
  let checkedAt = -Infinity;
  let keys: SigningKey[] = [];
  look();

  return {
    /** The one that signs. It looks each time: a process that has noticed a removal must not be sent what is signed by it. */
    current(): SigningKey {
      look();
      const newest = keys.at(-1);
      if (!newest) throw new Error('there is no key to sign with');
      return newest;
    },

    /** The key of that name, if what it has signed still counts. */
    find(kid: unknown): SigningKey | undefined {
      lookNowAndThen();
      let known = named(kid);
      // Another worker may have signed with one that has just come.
      if (!known && look()) known = named(kid);
      return known && Date.now() < known.verifiesUntil ? known : undefined;
    },

    /** The public halves of all keys that verify (RFC 7517 section 5). */
    published(): { keys: PublicJwk[] } {
      lookNowAndThen();
      return { keys: keys.filter(({ verifiesUntil }) => Date.now() < verifiesUntil).map(({ jwk }) => jwk) };
    },
  };

  function lookNowAndThen(): void {
    if (performance.now() - checkedAt >= NOTICED_WITHIN_MS) look();
  }

  /** Reads the keys again if any has come or gone. @returns whether that was so. */
  function look(): boolean {
    const seen = files.version();
    checkedAt = performance.now();
    if (seen === version) return false;
    try {
      keys = usable(files.read());
    } catch (error) {
      if (keys.length === 0) throw error;
      return false; // one went while we read, or is damaged: those we know go on, and we look again
    }
    version = seen;
    return true;
  }

  function named(kid: unknown): SigningKey | undefined {
    return keys.find((key) => key.kid === kid);
  }
}

function usable(stored: readonly StoredKey[]): SigningKey[] {
  return stored.map(({ kty, crv, x, y, d, kid }, index) => {
    const newer = stored[index + 1];
    return {
      kid,
      privateKey: createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' }),
      publicKey: createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' }),
      jwk: { kty, crv, x, y, kid, use: 'sig', alg: SIGNING_ALGORITHM },
      verifiesUntil: newer ? newer.createdAt + KEY_OVERLAP_MS : Infinity,
    };
  });
}

/** A new key, named by its thumbprint (RFC 7638). */
export function generateSigningKey(): StoredKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  const members = { crv: 'P-256', kty: 'EC', x, y } as const; // in the order that the thumbprint demands
  const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return { ...members, d, kid, createdAt: Date.now() };
}

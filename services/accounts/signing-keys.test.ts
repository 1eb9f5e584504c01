import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTokenKeys, type TokenKeys } from '../../app/token-keys.js';
import { createAccessTokens } from './access-tokens.js';
import { createSigningKeys, KEY_OVERLAP_MS } from './signing-keys.js';

let dir: string;
let files: TokenKeys;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-keys-'));
  files = openTokenKeys(dir);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  rmSync(dir, { recursive: true });
});

function goOn(ms: number): void {
  const elapsed = performance.now() + ms;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  vi.spyOn(performance, 'now').mockReturnValue(elapsed);
}

describe('signing keys', () => {
  it('are one at first, and the same for every process', () => {
    const [one, two] = [createSigningKeys({ files }), createSigningKeys({ files: openTokenKeys(dir) })];

    expect(one.published().keys).toHaveLength(1);
    expect(two.published()).toEqual(one.published());
  });

  it('are published without what signs', () => {
    const { keys } = createSigningKeys({ files }).published();

    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
    expect(keys).toMatchObject([{ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' }]);
  });

  it('verify what another process has signed with a key that has just come', () => {
    const [signer, verifier] = [createSigningKeys({ files }), createSigningKeys({ files })];
    const { kid } = files.add();
    vi.spyOn(performance, 'now').mockReturnValue(performance.now()); // too soon to look again for no reason

    expect(signer.current().kid).toBe(kid);
    expect(verifier.find(kid)?.kid).toBe(kid);
  });

  it('sign with the newest at once, and verify what the old one has signed until that has expired', () => {
    const keys = createSigningKeys({ files });
    const old = keys.current().kid;
    const { kid } = files.add();

    expect(keys.current().kid).toBe(kid);
    expect(keys.find(old)?.kid).toBe(old);
    expect(keys.published().keys.map((key) => key.kid)).toEqual([old, kid]);

    goOn(KEY_OVERLAP_MS);
    expect(keys.find(old)).toBeUndefined();
    expect(keys.published().keys.map((key) => key.kid)).toEqual([kid]);
  });

  it('forget within a second what has been removed', () => {
    const keys = createSigningKeys({ files });
    const leaked = keys.current().kid;
    files.add();
    files.remove(leaked);

    goOn(1_000);
    expect(keys.find(leaked)).toBeUndefined();
  });

  it('go on as they were while a file is damaged', () => {
    const keys = createSigningKeys({ files });
    const { kid } = keys.current();
    writeFileSync(join(dir, '2.json'), 'half a ke');

    goOn(1_000);
    expect(keys.current().kid).toBe(kid);
    expect(keys.find(kid)?.kid).toBe(kid);
  });
});

describe('a token for an upstream', () => {
  it('is verified by the published key that it names', () => {
    const keys = createSigningKeys({ files });
    const tokens = createAccessTokens({ keys, publicUrl: 'https://allium.example' });
    const token = tokens.issueFor({ audience: 'catalog', subject: '7', claims: { scope: 'items' }, lifetimeS: 60 });
    const { kid } = jwt.decode(token, { complete: true })?.header ?? {};
    const jwk = keys.published().keys.find((key) => key.kid === kid);

    const claims = jwt.verify(token, createPublicKey({ key: { ...jwk }, format: 'jwk' }), {
      algorithms: ['ES256'],
      audience: 'catalog',
      issuer: 'https://allium.example',
    });

    expect(claims).toMatchObject({ sub: '7', scope: 'items' });
  });
});

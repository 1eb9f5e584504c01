import { describe, expect, it } from 'vitest';
import { Unavailable } from '../errors.js';
import { createPasswordHasher } from './password-hasher.js';

describe('createPasswordHasher', () => {
  it('hashes by argon2id with the costs of the OWASP cheat sheet, another hash each time', async () => {
    const { hash } = createPasswordHasher();
    const [one, two] = [await hash('a password'), await hash('a password')];

    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('knows the password again, and no other', async () => {
    const { hash, matches } = createPasswordHasher();
    const hashed = await hash('Passwörd 密码');

    expect(await matches('Passwörd 密码', hashed)).toBe(true);
    for (const wrong of ['passwörd 密码', 'Passwörd 密码 ', '', 'Passwörd'])
      expect(await matches(wrong, hashed)).toBe(false);
  });

  it('matches nothing where there is no hash, after the same work', async () => {
    const { matches } = createPasswordHasher();

    expect(await matches('anything', undefined)).toBe(false);
  });

  it('distinguishes long passwords by their end', async () => {
    const { hash, matches } = createPasswordHasher();
    const long = 'x'.repeat(127);
    const hashed = await hash(`${long}a`);

    expect(await matches(`${long}b`, hashed)).toBe(false);
  });

  it('refuses at once when too many are waiting, serves those who wait, and then all callers again', async () => {
    const { hash } = createPasswordHasher();
    const results = await Promise.allSettled(Array.from({ length: 90 }, () => hash('a password')));
    const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];

    expect(refused.length).toBeGreaterThan(10);
    expect(results.length - refused.length).toBeGreaterThan(50);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(Unavailable);
      expect((reason as Unavailable).retryAfterSeconds).toBeGreaterThan(0);
    }
    await expect(hash('a password')).resolves.toMatch(/^\$argon2id/);
  });
});

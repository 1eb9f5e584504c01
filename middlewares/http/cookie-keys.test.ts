import { describe, expect, it } from 'vitest';
import { createCookieKeys } from './cookie-keys.js';

describe('createCookieKeys', () => {
  it('signs with the newest key and accepts all of them', () => {
    const [older, both] = [createCookieKeys(['older']), createCookieKeys(['newest', 'older'])];

    expect(both.index('sid=1', both.sign('sid=1'))).toBe(0);
    expect(both.index('sid=1', older.sign('sid=1'))).toBe(1);
    expect(older.verify('sid=1', both.sign('sid=1'))).toBe(false);
  });

  it('returns the same signature from its cache', () => {
    const keys = createCookieKeys(['key']);
    const digest = keys.sign('sid=1');

    for (let time = 0; time < 3; time += 1) {
      expect(keys.verify('sid=1', digest)).toBe(true);
      expect(keys.verify('sid=2', digest)).toBe(false);
      expect(keys.verify('sid=1', `${digest}=`)).toBe(false);
      expect(keys.verify('sid=1', '')).toBe(false);
    }
  });

  it('does not confuse two pairs whose concatenation is equal', () => {
    const keys = createCookieKeys(['key']);
    const digest = keys.sign('sid=1');
    keys.verify('sid=1', digest);

    expect(keys.verify('sid', `=1\n${digest}`)).toBe(false);
    expect(keys.verify(`sid=1\n${digest.slice(0, 3)}`, digest.slice(3))).toBe(false);
  });

  it('needs a key', () => {
    expect(() => createCookieKeys([])).toThrow(TypeError);
  });
});

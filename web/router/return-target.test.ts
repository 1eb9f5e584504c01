import { describe, expect, it } from 'vitest';
import { returnTarget } from './return-target';

const HERE = 'https://allium.example';

describe('returnTarget', () => {
  it.each(['/users', '/users?sort=email&page=2', '/profile#password'])('goes back to %s on this site', (next) => {
    expect(returnTarget(next, HERE)).toBe(next);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'users',
    '//',
    '/.//evil.example',
    '/users/..//evil.example',
    '/%2e//evil.example',
    '/\\/evil.example',
    ' //evil.example',
    'data:text/html,x',
    'https:/users',
  ])('goes home instead of following %j', (next) => {
    expect(returnTarget(next, HERE)).toBe('/');
  });

  it('goes home when the link names no target or several', () => {
    expect(returnTarget(undefined, HERE)).toBe('/');
    expect(returnTarget(null, HERE)).toBe('/');
    expect(returnTarget(['/users', '/profile'], HERE)).toBe('/');
  });
});

import { describe, expect, it } from 'vitest';
import type { User } from './api/types';
import { newUserFrom, NO_USER, patchFrom, userValues } from './user-values';

const ada: User = {
  id: 7,
  username: 'ada',
  email: 'ada@example.org',
  name: 'Ada',
  age: 36,
  avatar: null,
  role: 'user',
  isActive: true,
  profile: { firstName: 'Ada', lastName: null, bio: 'Notes', website: null, location: null },
  fullName: 'Ada',
  lastLogin: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

describe('patchFrom', () => {
  it('sends nothing when nothing was changed', () => {
    expect(patchFrom(userValues(ada), userValues(ada))).toEqual({});
  });

  it('sends only what was changed, in the profile too', () => {
    const after = { ...userValues(ada), role: 'admin' as const };
    after.profile.location = ' London ';
    expect(patchFrom(userValues(ada), after)).toEqual({ role: 'admin', profile: { location: 'London' } });
  });

  it('clears an emptied field', () => {
    const after = { ...userValues(ada), name: '', age: '' };
    after.profile.bio = '  ';
    expect(patchFrom(userValues(ada), after)).toEqual({ name: null, age: null, profile: { bio: null } });
  });

  it('keeps an age of zero', () => {
    expect(patchFrom(userValues(ada), { ...userValues(ada), age: '0' })).toEqual({ age: 0 });
  });
});

describe('newUserFrom', () => {
  it('always names the account, and leaves out what was left empty', () => {
    const values = { ...NO_USER, username: ' ada ', email: 'ada@example.org', password: ' spaces stay ' };
    expect(newUserFrom(values)).toEqual({ username: 'ada', email: 'ada@example.org', password: ' spaces stay ' });
  });
});

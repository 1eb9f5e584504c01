import { describe, expect, it } from 'vitest';
import { mergeValues } from './merge';

const person = (name: string, bio = '', role = 'user') => ({ name, role, profile: { bio } });

describe('mergeValues', () => {
  it('takes the server’s value for fields that were not touched', () => {
    const merged = mergeValues(person('Ada', 'old'), person('Ada L.', 'old'), person('Ada', 'new', 'editor'));

    expect(merged).toEqual({ values: person('Ada L.', 'new', 'editor'), conflicts: [] });
  });

  it('names what was changed on both sides, and keeps the server’s value', () => {
    const merged = mergeValues(person('Ada', 'old'), person('Mine', 'mine'), person('Theirs', 'theirs'));

    expect(merged).toEqual({ values: person('Theirs', 'theirs'), conflicts: ['name', 'profile.bio'] });
  });

  it('sees no conflict in the same change on both sides', () => {
    expect(mergeValues(person('Ada'), person('Same'), person('Same'))).toEqual({
      values: person('Same'),
      conflicts: [],
    });
  });
});

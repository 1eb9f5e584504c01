import { describe, expect, it } from 'vitest';
import { changesOf, emptyValues, isStorable, mergePosts } from './post-values';

const BASE = { ...emptyValues(), title: 'Onions', content: 'Layers', category: 'life', tags: ['kitchen'] };

describe('what is sent', () => {
  it('is what has changed, with a new excerpt for a new text', () => {
    expect(changesOf(BASE, { ...BASE, title: 'Leeks' })).toEqual({ title: 'Leeks' });
    expect(changesOf(BASE, { ...BASE, content: 'More layers' })).toEqual({ content: 'More layers', excerpt: '' });
    expect(changesOf(BASE, BASE)).toEqual({});
  });
  it('keeps the author’s own excerpt', () => {
    const own = { ...BASE, excerpt: 'Mine' };
    expect(changesOf(own, { ...own, content: 'More' })).toEqual({ content: 'More' });
  });
  it('leaves out what must not be empty', () => {
    expect(changesOf(BASE, { ...BASE, title: ' ', content: '', category: '' })).toEqual({});
  });
  it('needs a text that is not too long', () => {
    expect(isStorable(BASE)).toBe(true);
    expect(isStorable({ ...BASE, content: ' \n' })).toBe(false);
    expect(isStorable({ ...BASE, content: 'x'.repeat(50_001) })).toBe(false);
  });
});

describe('changes on both sides', () => {
  it('are merged where they touch different fields', () => {
    const merged = mergePosts(BASE, { ...BASE, content: 'Mine' }, { ...BASE, tags: ['a', 'b'] });
    expect(merged).toEqual({ ...BASE, content: 'Mine', tags: ['a', 'b'] });
  });
  it('are a conflict where they touch the same one', () => {
    expect(mergePosts(BASE, { ...BASE, content: 'Mine' }, { ...BASE, content: 'Theirs' })).toBeUndefined();
  });
});

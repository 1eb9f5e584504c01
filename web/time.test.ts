import { describe, expect, it } from 'vitest';
import { formatRelative } from './time';

const NOW = new Date('2026-03-10T12:00:00Z');
const before = (ms: number): Date => new Date(NOW.getTime() - ms);

describe('formatRelative', () => {
  it.each([
    [20_000, 'now', '现在'],
    [5 * 60_000, '5 minutes ago', '5分钟前'],
    [3 * 3_600_000, '3 hours ago', '3小时前'],
    [30 * 3_600_000, 'yesterday', '昨天'],
    [6 * 86_400_000, '6 days ago', '6天前'],
  ])('words a distance of %i ms', (ms, en, zh) => {
    expect(formatRelative(before(ms), NOW, 'en')).toBe(en);
    expect(formatRelative(before(ms), NOW, 'zh-CN')).toBe(zh);
  });

  it('leaves a week and more to a date', () => {
    expect(formatRelative(before(7 * 86_400_000), NOW, 'en')).toBeUndefined();
  });
});

import type { Locale } from '../api/types';
import type { Messages } from './en';

export type { Messages } from './en';

/** Each language is a file of its own in the browser. @throws when it cannot be fetched. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  if (locale === 'zh-CN') return (await import('./zh-CN')).zhCN;
  return (await import('./en')).en;
}

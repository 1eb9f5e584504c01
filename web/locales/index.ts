import type { Locale } from '../api/types';
import type { Messages as AccountMessages } from './account/en';
import type { Messages as AdminMessages } from './admin/en';
import type { Messages as CommonMessages } from './common/en';
import type { Messages as WritingMessages } from './writing/en';

/** A part of the words that is loaded with the pages that need it. `common` is there from the start. */
export type Area = 'common' | 'account' | 'admin' | 'writing';

export type Messages = CommonMessages & AccountMessages & AdminMessages & WritingMessages;

/** Each language of each area is a file of its own in the browser. */
const LOADERS: Record<Area, Record<Locale, () => Promise<Partial<Messages>>>> = {
  common: {
    en: async () => (await import('./common/en')).en,
    'zh-CN': async () => (await import('./common/zh-CN')).zhCN,
  },
  account: {
    en: async () => (await import('./account/en')).en,
    'zh-CN': async () => (await import('./account/zh-CN')).zhCN,
  },
  admin: {
    en: async () => (await import('./admin/en')).en,
    'zh-CN': async () => (await import('./admin/zh-CN')).zhCN,
  },
  writing: {
    en: async () => (await import('./writing/en')).en,
    'zh-CN': async () => (await import('./writing/zh-CN')).zhCN,
  },
};

/** @throws when they cannot be fetched. */
export function loadMessages(area: Area, locale: Locale): Promise<Partial<Messages>> {
  return LOADERS[area][locale]();
}

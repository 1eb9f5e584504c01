import { en, type Messages } from './en.js';
import { zhCn } from './zh-cn.js';

export type { Messages } from './en.js';

/** The languages people can choose, as BCP 47 tags. */
export const LOCALES = ['en', 'zh-CN'] as const;
export type Locale = (typeof LOCALES)[number];

export const messagesIn: Readonly<Record<Locale, Messages>> = { en, 'zh-CN': zhCn };

import { docsEn, type DocsText } from './docs-en.js';
import { docsZhCn } from './docs-zh-cn.js';
import type { Locale } from './index.js';

export type { DocsText };

/** The API page's texts besides those of the OpenAPI document, which `api-zh-cn.ts` translates. */
export const docsIn: Readonly<Record<Locale, DocsText>> = { en: docsEn, 'zh-CN': docsZhCn };

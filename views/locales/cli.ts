import { cliEn, type CliText } from './cli-en.js';
import { cliZhCn } from './cli-zh-cn.js';
import type { Locale } from './index.js';

export type { CliText };

/** What commands print: help, wrong arguments, progress and results; and why a start fails. */
export const cliIn: Readonly<Record<Locale, CliText>> = { en: cliEn, 'zh-CN': cliZhCn };

import { LOCALES, type Locale } from '../../views/locales/index.js';

/**
 * The language of the shell (POSIX.1-2024, section 8.2), if it is one of ours; otherwise DEFAULT_LOCALE, otherwise
 * English.
 */
export function shellLocale(env: NodeJS.ProcessEnv): Locale {
  const language = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  if (/^zh/i.test(language)) return 'zh-CN';
  if (/^en/i.test(language)) return 'en';
  return LOCALES.find((locale) => locale === env['DEFAULT_LOCALE']) ?? 'en';
}

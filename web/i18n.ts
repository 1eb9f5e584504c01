import { computed, type ComputedRef } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';
import type { Locale } from './api/types';
import { loadMessages, type Messages } from './locales';

type Leaves<T> = { [Key in keyof T & string]: T[Key] extends string ? Key : `${Key}.${Leaves<T[Key]>}` }[keyof T &
  string];

/** Every key that exists in every language: a mistyped one does not compile. */
export type MessageKey = Leaves<Messages>;

/** The cookie by which the server renders the next page in the chosen language. */
const COOKIE = 'locale';
const YEAR_S = 365 * 86_400;

/** Only the language in use is loaded. Messages are interpreted, never evaluated: the content security policy needs no exception. */
export async function createTexts(locale: Locale) {
  return createI18n({ legacy: false, locale, messages: { [locale]: await loadMessages(locale) } });
}

/** Words in the chosen language, and the language itself. */
export function useText(): {
  t: (key: MessageKey, named?: Record<string, string | number>) => string;
  /** Chooses the plural form by `n`, which the message may also show as `{n}`. */
  plural: (key: MessageKey, n: number) => string;
  locale: ComputedRef<Locale>;
  /** Shows everything in this language from now on, and on later visits. */
  chooseLocale: (locale: Locale) => Promise<void>;
} {
  const composer = useI18n();
  return {
    t: (key, named = {}) => composer.t(key, named),
    plural: (key, n) => composer.t(key, { n }, n),
    locale: computed(() => (composer.locale.value === 'zh-CN' ? 'zh-CN' : 'en')),
    async chooseLocale(locale) {
      composer.setLocaleMessage(locale, await loadMessages(locale));
      composer.locale.value = locale;
      document.documentElement.lang = locale; // fonts, screen readers and the API client read it
      document.cookie = `${COOKIE}=${locale}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
    },
  };
}

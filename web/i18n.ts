import { computed, type ComputedRef } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';
import type { Locale } from './api/types';
import { en, type Messages } from './locales/en';
import { zhCN } from './locales/zh-CN';
import { readStored, store } from './storage';

type Leaves<T> = { [Key in keyof T & string]: T[Key] extends string ? Key : `${Key}.${Leaves<T[Key]>}` }[keyof T &
  string];

/** Every key that exists in every language: a mistyped one does not compile. */
export type MessageKey = Leaves<Messages>;

const STORAGE_KEY = 'allium.locale';
const LOCALES: readonly Locale[] = ['en', 'zh-CN'];

/**
 * Both languages are in the bundle: together they weigh less than one round trip, and switching works offline.
 * Messages are interpreted, never evaluated, so the content security policy needs no exception.
 */
export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en, 'zh-CN': zhCN },
});

/** Words in the chosen language, and the language itself. */
export function useText(): {
  t: (key: MessageKey, named?: Record<string, string | number>) => string;
  /** Chooses the plural form by `n`, which the message may also show as `{n}`. */
  plural: (key: MessageKey, n: number) => string;
  locale: ComputedRef<Locale>;
} {
  const composer = useI18n();
  return {
    t: (key, named = {}) => composer.t(key, named),
    plural: (key, n) => composer.t(key, { n }, n),
    locale: computed(() => asLocale(composer.locale.value) ?? 'en'),
  };
}

/** Shows everything in `locale` from now on; fonts, screen readers and the API client read `<html lang>`. */
export function showLocale(locale: Locale): void {
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
}

/** As `showLocale`, and stores the choice for the next visit. */
export function chooseLocale(locale: Locale): void {
  showLocale(locale);
  store('localStorage', STORAGE_KEY, locale);
}

/** What was chosen on an earlier visit, if anything. */
export function rememberedLocale(): Locale | undefined {
  return asLocale(readStored('localStorage', STORAGE_KEY));
}

function asLocale(value: unknown): Locale | undefined {
  return LOCALES.find((locale) => locale === value);
}

import { computed, inject, type App, type ComputedRef, type InjectionKey } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';
import type { Locale } from './api/types';
import { loadMessages, type Area, type Messages } from './locales';

type Leaves<T> = { [Key in keyof T & string]: T[Key] extends string ? Key : `${Key}.${Leaves<T[Key]>}` }[keyof T &
  string];

/** Every key that exists in every language: a mistyped one does not compile. */
export type MessageKey = Leaves<Messages>;

/** The cookie by which the server renders the next page in the chosen language. */
const COOKIE = 'locale';
const YEAR_S = 365 * 86_400;

/** The words of the application, loaded by area and language when they are needed. */
export interface Texts {
  install: (app: App) => void;
  /** Loads an area in the language in use. @throws when it cannot be fetched. */
  load: (area: Area) => Promise<void>;
  /** Shows everything in this language from now on, and on later visits. @throws when it cannot be fetched. */
  chooseLocale: (locale: Locale) => Promise<void>;
}

const textsKey: InjectionKey<Texts> = Symbol('texts');

/** Messages are interpreted, never evaluated: the content security policy needs no exception. */
export async function createTexts(locale: Locale): Promise<Texts> {
  const i18n = createI18n({ legacy: false, locale, messages: {} });
  const { global } = i18n;
  const loaded: Record<Locale, Set<Area>> = { en: new Set(), 'zh-CN': new Set() };

  async function loadIn(language: Locale, area: Area): Promise<void> {
    if (loaded[language].has(area)) return;
    global.mergeLocaleMessage(language, await loadMessages(area, language));
    loaded[language].add(area);
  }

  const texts: Texts = {
    install(app) {
      app.use(i18n);
      app.provide(textsKey, texts);
    },
    load: (area) => loadIn(asLocale(global.locale.value), area),
    async chooseLocale(next) {
      const areas = loaded[asLocale(global.locale.value)];
      await Promise.all([...areas].map((area) => loadIn(next, area)));
      global.locale.value = next;
      document.documentElement.lang = next; // fonts, screen readers and the API client read it
      document.cookie = `${COOKIE}=${next}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
    },
  };
  await texts.load('common');
  return texts;
}

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
    locale: computed(() => asLocale(composer.locale.value)),
  };
}

/** For the switch. */
export function useChooseLocale(): Texts['chooseLocale'] {
  const texts = inject(textsKey);
  if (!texts) throw new Error('the application has no texts');
  return texts.chooseLocale;
}

function asLocale(value: string): Locale {
  return value === 'zh-CN' ? value : 'en';
}

import { computed, inject, shallowRef, type App, type ComputedRef, type InjectionKey } from 'vue';
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
  locale: ComputedRef<Locale>;
  /** The sentence in the language in use; what its `{placeholders}` stand for comes by name. */
  t: (key: MessageKey, named?: Record<string, string | number>) => string;
  /** Of "none | one | more" or "one | more" the form for `n`, which the message may also show as `{n}`. */
  plural: (key: MessageKey, n: number, named?: Record<string, string>) => string;
  /** Loads an area in the language in use. @throws when it cannot be fetched. */
  load: (area: Area) => Promise<void>;
  /** Shows everything in this language from now on, and on later visits. @throws when it cannot be fetched. */
  chooseLocale: (locale: Locale) => Promise<void>;
}

const textsKey: InjectionKey<Texts> = Symbol('texts');

/** Our own 40 lines: vue-i18n adds 30 KB to the 44 of everything else that a reader loads from libraries. */
export async function createTexts(initial: Locale): Promise<Texts> {
  const locale = shallowRef(initial);
  const messages: Record<Locale, Partial<Messages>> = { en: {}, 'zh-CN': {} };
  const areas = new Set<Area>(['common']);

  const texts: Texts = {
    install: (app) => app.provide(textsKey, texts),
    locale: computed(() => locale.value),
    t: (key, named = {}) => fill(find(key), named),
    plural(key, n, named = {}) {
      const forms = find(key).split(' | ');
      const form = forms.length > 2 ? Math.min(n, 2) : Number(n !== 1);
      return fill(forms[Math.min(form, forms.length - 1)] ?? key, { ...named, n });
    },
    async load(area) {
      await loadIn(locale.value, area);
      areas.add(area);
    },
    async chooseLocale(next) {
      await Promise.all([...areas].map((area) => loadIn(next, area)));
      locale.value = next;
      document.documentElement.lang = next; // fonts, screen readers and the API client read it
      document.cookie = `${COOKIE}=${next}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
    },
  };
  await texts.load('common');
  return texts;

  async function loadIn(language: Locale, area: Area): Promise<void> {
    Object.assign(messages[language], await loadMessages(area, language)); // the module is fetched once
  }

  function find(key: string): string {
    const found = key
      .split('.')
      .reduce<unknown>((inner, name) => inner && Reflect.get(Object(inner), name), messages[locale.value]);
    return typeof found === 'string' ? found : key;
  }
}

function fill(message: string, named: Record<string, string | number>): string {
  return message.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => String(named[name] ?? placeholder));
}

/** Words in the chosen language, and the language itself. */
export function useText(): Texts {
  const texts = inject(textsKey);
  if (!texts) throw new Error('the application has no texts');
  return texts;
}

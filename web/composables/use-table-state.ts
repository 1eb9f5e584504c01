import { computed, type ComputedRef } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';

export const PAGE_SIZES = [20, 50, 100] as const;
const DEFAULT_SIZE = 50;

/** What the address says about a table: reloading, sharing and going back all find the same rows again. */
export interface TableState {
  /** A search and filters, by name; empty where there is none. */
  filters: ComputedRef<Readonly<Record<string, string>>>;
  sort: ComputedRef<string>;
  page: ComputedRef<number>;
  /** Of a list that goes on by cursors. Empty on its first page. */
  after: ComputedRef<string>;
  limit: ComputedRef<number>;
  /** Keys of the columns that are not shown. */
  hidden: ComputedRef<ReadonlySet<string>>;
  /** Changes the address; `replace` adds no history entry, as for every letter of a search. Other rows begin at their first page. */
  show: (change: TableChange, how?: 'push' | 'replace') => Promise<void>;
}

export type TableChange = Record<string, string | number | undefined>;

interface TableOptions {
  /** Names of the search and the filters, as the API has them. */
  filters?: readonly string[];
  /** The order of the plain address. */
  sort?: string;
}

export function useTableState({ filters: names = [], sort: defaultSort = '' }: TableOptions): TableState {
  const route = useRoute();
  const router = useRouter();
  const defaults: Record<string, string> = { sort: defaultSort, page: '1', limit: String(DEFAULT_SIZE) };
  const text = (name: string): string => {
    const value = route.query[name];
    return typeof value === 'string' && value !== '' ? value : (defaults[name] ?? '');
  };
  const wholeNumber = (name: string) => Math.max(1, Math.trunc(Number(text(name))) || 1);

  async function show(change: TableChange, how: 'push' | 'replace' = 'push'): Promise<void> {
    const start = 'hide' in change ? {} : { page: undefined, after: undefined };
    const next: LocationQueryRaw = { ...route.query, ...start, ...change };
    // Defaults are left out: the plain address is the plain list.
    for (const [name, value] of Object.entries(next)) {
      if (value === undefined || value === '' || String(value) === defaults[name]) delete next[name];
    }
    await router[how]({ query: next });
  }

  return {
    filters: computed(() => Object.fromEntries(names.map((name) => [name, text(name)]))),
    sort: computed(() => text('sort')),
    page: computed(() => wholeNumber('page')),
    after: computed(() => text('after')),
    limit: computed(() => PAGE_SIZES.find((size) => size === wholeNumber('limit')) ?? DEFAULT_SIZE),
    hidden: computed(() => new Set(text('hide').split(',').filter(Boolean))),
    show,
  };
}

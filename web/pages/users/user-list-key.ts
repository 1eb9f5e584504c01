import type { InjectionKey } from 'vue';

/** How a sheet tells the list beneath it that something has changed. */
export const reloadUsersKey: InjectionKey<() => Promise<void>> = Symbol('reload users');

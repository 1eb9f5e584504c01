import type { InjectionKey } from 'vue';

/** Injects the callback by which a sheet notifies the list beneath it of a change. */
export const reloadUsersKey: InjectionKey<() => Promise<void>> = Symbol('reload users');

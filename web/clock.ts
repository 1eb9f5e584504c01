import { inject, onMounted, shallowRef, type InjectionKey, type ShallowRef } from 'vue';

export interface Clock {
  now: Date;
  /** Undefined: the browser's. */
  timeZone: string | undefined;
}

/** When the page was rendered. */
export const renderedAtKey: InjectionKey<Date> = Symbol('renderedAt');

/** What times are shown by: as the server rendered them at first, so that both views say the same, and then by the browser's clock and time zone. */
export function useClock(): Readonly<ShallowRef<Clock>> {
  const clock = shallowRef<Clock>({ now: inject(renderedAtKey, () => new Date(), true), timeZone: 'UTC' });
  onMounted(() => {
    clock.value = { now: new Date(), timeZone: undefined };
  });
  return clock;
}

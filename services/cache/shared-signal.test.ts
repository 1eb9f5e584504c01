import { describe, expect, it } from 'vitest';
import { createSharedSignal } from './shared-signal.js';

const controllers = (count: number) => Array.from({ length: count }, () => new AbortController());

describe('a shared signal', () => {
  it('aborts when the last of those who wait has aborted', () => {
    const shared = createSharedSignal();
    const [first, second] = controllers(2);
    for (const caller of [first, second]) shared.join(() => caller?.signal ?? AbortSignal.abort());

    first?.abort();
    expect(shared.signal.aborted).toBe(false);

    second?.abort();
    expect(shared.signal.aborted).toBe(true);
  });

  it('never aborts for a caller without a signal', () => {
    const shared = createSharedSignal();
    const [caller] = controllers(1);
    shared.join(undefined);
    shared.join(() => caller?.signal ?? AbortSignal.abort());

    caller?.abort();

    expect(shared.signal.aborted).toBe(false);
  });

  it('aborts at once when its only caller has aborted before', () => {
    const shared = createSharedSignal();
    shared.join(() => AbortSignal.abort());

    expect(shared.signal.aborted).toBe(true);
  });
});

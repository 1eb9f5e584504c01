/** Whether an instance may be asked, learnt from how it answered before. */
export interface InstanceHealth {
  /** Asked once for each request that is then sent: while half-open it lets a probe pass. */
  allow(): boolean;
  succeeded(ms: number): void;
  failed(reason: string): void;
  readonly state: string;
  /** 0 to 1: how much of its weight it carries so far. */
  readonly warmth: number;
  close?(): void;
}

/** Believes in every instance. */
export function createTrust(): InstanceHealth {
  return { allow: () => true, succeeded() {}, failed() {}, state: 'up', warmth: 1 };
}

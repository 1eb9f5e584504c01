/** Ends a request when its client disconnects. Costs less than an AbortSignal, of which every request would need one. */
export class CallSignal {
  aborted = false;
  onAbort: (() => void) | undefined;

  abort(): void {
    this.aborted = true;
    this.onAbort?.();
  }
}

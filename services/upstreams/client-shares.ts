/** An account's id, or else an address. */
export type ClientKey = number | string;

/** Counts what each client holds of something that is limited, so that no client holds more than its share. */
export class ClientShares {
  readonly #held = new Map<ClientKey, number>();

  /** @param share of one client. */
  constructor(readonly share: number) {}

  /** False, and nothing is taken, when the client holds its share already. */
  take(client: ClientKey): boolean {
    const held = this.#held.get(client) ?? 0;
    if (held >= this.share) return false;
    this.#held.set(client, held + 1);
    return true;
  }

  release(client: ClientKey): void {
    const left = (this.#held.get(client) ?? 1) - 1;
    if (left > 0) this.#held.set(client, left);
    else this.#held.delete(client);
  }
}

/** An account's id, or else an address. */
export type ClientKey = number | string;

/** Limits how much of a resource each client may use at once. */
export class ClientShares {
  readonly #used = new Map<ClientKey, number>();

  /** @param share of one client. */
  constructor(readonly share: number) {}

  /** Returns false, and takes nothing, when the client uses its whole share already. */
  take(client: ClientKey): boolean {
    const used = this.#used.get(client) ?? 0;
    if (used >= this.share) return false;
    this.#used.set(client, used + 1);
    return true;
  }

  release(client: ClientKey): void {
    const left = (this.#used.get(client) ?? 1) - 1;
    if (left > 0) this.#used.set(client, left);
    else this.#used.delete(client);
  }
}

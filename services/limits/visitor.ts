/** Where somebody comes from. */
export interface Visitor {
  /** The network: an IPv4 address or an IPv6 /64. */
  address: string;
  /** The machine itself, or a proxy whose hops were not declared: behind it everybody would share one count. */
  local: boolean;
  /** The device cookie as it came, if any. */
  deviceToken?: string | undefined;
}

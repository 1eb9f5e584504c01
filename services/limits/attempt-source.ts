/** Where an attempt to sign in, to register or to set up comes from. */
export interface AttemptSource {
  /** The network: an IPv4 address or an IPv6 /64. */
  address: string;
  /** The machine itself, or a proxy whose hops were not declared: behind it all clients would share one count. */
  local: boolean;
  /** The device cookie as it came, if any. */
  deviceToken?: string | undefined;
}

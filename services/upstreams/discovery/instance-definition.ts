/** One process of an upstream service, as declared or discovered. */
export interface InstanceDefinition {
  /** As http://host:port or https://host:port */
  url: string;
  /** Its share of the requests, relative to the others. */
  weight: number;
  /** Receives requests only when no other instance can. */
  backup: boolean;
  /** Receives no requests: taken out by hand. */
  down: boolean;
}

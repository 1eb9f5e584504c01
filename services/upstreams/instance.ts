/** One process of an upstream service. */
export interface Instance {
  /** As http://host:port or https://host:port */
  url: string;
  /** How often it is chosen, beside the others. */
  weight: number;
  /** Asked only when no other one may be. */
  backup: boolean;
  /** Not asked at all: taken out by hand. */
  down: boolean;
}

/** Where upstreams report what happens to them outside any request. The product's logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

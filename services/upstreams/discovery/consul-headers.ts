/** Returns the headers of each request to a Consul agent. The token never goes into a URL, which is logged. */
export function consulHeaders(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { 'x-consul-token': token };
}

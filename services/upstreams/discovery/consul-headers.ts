/** What every question to a Consul agent carries. A token never goes into an address, which ends up in logs. */
export function consulHeaders(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { 'x-consul-token': token };
}

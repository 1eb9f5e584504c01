import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What proxies that note a port beside the address write (RFC 7239 section 6). */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/** One household or server usually has a whole IPv6 /64, so that is what counts as one address (RFC 6177). */
export function addressKey(noted: string): string {
  if (isIPv4(noted)) return noted;
  const [, ipv6, ipv4] = WITH_PORT.exec(noted) ?? [];
  const address = ipv6 ?? ipv4 ?? noted;
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.');
}

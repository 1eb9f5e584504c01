import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** By the text alone: this is asked of every request, and parsing an address costs more than counting it. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** One household or server usually has a whole IPv6 /64, so that is what counts as one address (RFC 6177). */
export function addressKey(address: string): string {
  if (isIPv4(address) || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.');
}

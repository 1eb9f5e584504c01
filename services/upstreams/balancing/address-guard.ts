import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isLocalName } from '../../loopback.js';

/** A host name resolved to an address that its upstream may not use. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
  readonly code = 'FORBIDDEN_ADDRESS';
}

interface LookupOptions {
  /** Whether names may resolve to loopback and private addresses. To link-local ones, where clouds have secrets, never. */
  allowPrivate: boolean;
  /** Called with each refused address. */
  refused: (host: string, address: string) => void;
}

const PRIVATE_RANGES = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'];

/**
 * Resolves a host name when a connection is made, and checks the very address that is then connected to: an earlier check
 * could get another result than the lookup after it (DNS rebinding). IP addresses in the declaration are not checked.
 */
export function guardedLookup({ allowPrivate, refused }: LookupOptions): LookupFunction {
  return (host, options, callback) => {
    systemLookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const forbidden = addresses.find(({ address }) => !isAllowed(address, host, allowPrivate));
      if (forbidden) {
        refused(host, forbidden.address);
        return callback(new ForbiddenAddress(`${host} is at ${forbidden.address}`), '', 0);
      }
      const [first] = addresses as [LookupAddress, ...LookupAddress[]];
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

function isAllowed(address: string, host: string, allowPrivate: boolean): boolean {
  const range = rangeOf(address);
  if (range === 'unicast') return true;
  if (range === 'loopback' && isLocalName(host)) return true;
  return allowPrivate && PRIVATE_RANGES.includes(range);
}

/** Returns whether an address from a registry may be connected to: not link-local, multicast and the like. */
export function isConnectable(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 || ['unicast', ...PRIVATE_RANGES].includes(rangeOf(host));
}

/** Returns the range of an address; of an IPv4-mapped IPv6 address, that of the IPv4 address. */
function rangeOf(address: string): string {
  return ipaddr.process(address.replace(/%.*$/, '')).range();
}

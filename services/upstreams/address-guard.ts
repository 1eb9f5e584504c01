import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host name led to an address that its upstream may not be on. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
  readonly code = 'FORBIDDEN_ADDRESS';
}

interface Options {
  /** Whether names may lead to loopback and private addresses. To link-local ones, where clouds keep secrets, none may. */
  allowPrivate: boolean;
  /** Told what was refused. */
  refused: (host: string, address: string) => void;
}

/**
 * Looks a host name up when a connection is made, and judges what is then connected to: a check before could be
 * answered otherwise than the look-up after it (DNS rebinding). Addresses given as such never come here.
 */
export function guardedLookup({ allowPrivate, refused }: Options): LookupFunction {
  return (host, options, callback) => {
    systemLookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const forbidden = addresses.find(({ address }) => !mayReach(address, host, allowPrivate));
      if (forbidden) {
        refused(host, forbidden.address);
        return callback(new ForbiddenAddress(`${host} is at ${forbidden.address}`), '', 0);
      }
      const [first] = addresses as [LookupAddress, ...LookupAddress[]];
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

function mayReach(address: string, host: string, allowPrivate: boolean): boolean {
  const range = rangeOf(address);
  if (range === 'unicast') return true;
  // The name says so itself (RFC 6761 section 6.3).
  if (range === 'loopback' && (host === 'localhost' || host.endsWith('.localhost'))) return true;
  return allowPrivate && ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'].includes(range);
}

/** Whether an address that a registry gave may be connected to: anything but link-local, multicast and the like. */
export function isConnectable(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) return true;
  return ['unicast', 'loopback', 'private', 'uniqueLocal', 'carrierGradeNat'].includes(rangeOf(host));
}

/** An IPv4 address in IPv6 clothes is what it is underneath. */
function rangeOf(address: string): string {
  return ipaddr.process(address.replace(/%.*$/, '')).range();
}

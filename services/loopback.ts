/** What a machine calls itself: no other machine can make one of these names lead a browser to us. */
export const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a name means loopback (RFC 6761 section 6.3). */
export const isLocalName = (name: string): boolean => /^(.+\.)?localhost$/i.test(name);

/** By the text alone: this is asked of every request, and parsing an address costs more than counting it. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

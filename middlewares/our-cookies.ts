/** Browsers match it whatever its case (RFC 6265bis section 5.7), and names after it by case. */
const PREFIX = /^__host-http-/i;

/** Returns whether browsers would send a `Set-Cookie` back as one of these cookies or its signature, prefixed or not. */
export function ourCookies(names: readonly string[]): (setCookie: string) => boolean {
  const bare = names.map((name) => name.replace(PREFIX, ''));
  const ours = new Set(['', ...bare, ...bare.map((name) => `${name}.sig`)]); // without a name, the value is sent as both
  return (setCookie) => {
    const [pair = ''] = setCookie.split(';', 1);
    const name = pair.includes('=') ? pair.slice(0, pair.indexOf('=')) : '';
    return ours.has(name.trim().replace(PREFIX, ''));
  };
}

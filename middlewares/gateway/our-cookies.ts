/** Browsers match it case-insensitively (RFC 6265bis section 5.7), but the name after it by case. */
const PREFIX = /^__host-http-/i;

/** Returns a test whether browsers would send a `Set-Cookie` back as one of these cookies or its signature. */
export function ourCookies(names: readonly string[]): (setCookie: string) => boolean {
  const bare = names.map((name) => name.replace(PREFIX, ''));
  const ours = new Set(['', ...bare, ...bare.map((name) => `${name}.sig`)]); // a cookie without a name may be sent as ours
  return (setCookie) => {
    const [pair = ''] = setCookie.split(';', 1);
    const name = pair.includes('=') ? pair.slice(0, pair.indexOf('=')) : '';
    return ours.has(name.trim().replace(PREFIX, ''));
  };
}

import type { UpstreamDefinition } from '../config/upstreams-file.js';

/** The path and query of a request to an upstream, in the one form that is both checked and sent. */
export interface UpstreamTarget {
  /** Normalized. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
}

/** The characters of a path (RFC 3986 section 3.3). A backslash is not among them. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/;
/** Browsers leave more unencoded than RFC 3986 allows; none of these characters can end the request line. */
const QUERY = /^\?[!-~]*$/;
const ENCODED = /%([0-9A-Fa-f]{2})?/g;
const ALL_ASCII = /[\0-\x7f]+/g;
/** Characters that NFKC turns into one of these (`．`, `‥`, `／`) count as one to programs that normalize names. */
const SEPARATOR = /[./\\%]/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

/**
 * Checks and normalizes the part of a URL after `/gw/<name>`. A path that two programs might read differently is refused,
 * not repaired: dot segments and empty ones, encoded separators, characters that NFKC turns into one, control characters,
 * double encoding, and invalid UTF-8.
 *
 * @returns undefined when it is refused.
 * @see RFC 3986 section 6.2.2 for the normal form: unreserved characters are not encoded, hex digits are uppercase.
 */
export function upstreamTarget(raw: string): UpstreamTarget | undefined {
  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? '' : raw.slice(mark);
  const path = rawPath === '' ? '/' : rawPath;
  if (!PATH.test(path) || (query !== '' && !QUERY.test(query)) || query.includes('#')) return undefined;
  const normal = path.includes('%') ? normalized(path) : path;
  return normal === undefined || hasAmbiguousSegment(normal) ? undefined : { path: normal, query };
}

function normalized(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path); // throws on invalid UTF-8, overlong forms included
  } catch {
    return undefined;
  }
  // No separator or control character may be encoded, and nothing may be encoded twice.
  if (/%[0-9A-Fa-f]{2}|[\\\p{Cc}]/u.test(decoded) || /%2f/i.test(path)) return undefined;
  if (SEPARATOR.test(decoded.replace(ALL_ASCII, '').normalize('NFKC'))) return undefined;
  return path.replace(ENCODED, (code, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : code.toUpperCase();
  });
}

/** `..;` is a dot segment to servers that know path parameters. */
function hasAmbiguousSegment(path: string): boolean {
  return path.includes('//') || /\/\.{1,2}(?:[/;]|%3B|$)/.test(path);
}

export interface AllowList {
  /** Returns `no-path` for a path that no rule allows; for a method that is not allowed, the methods that are. */
  check(method: string, path: string): 'allowed' | 'no-path' | readonly string[];
}

/** Compiles the rules of a definition. */
export function createAllowList(rules: UpstreamDefinition['allow']): AllowList {
  const compiled = rules.flatMap(({ methods, paths }) =>
    paths.map((path) => ({ methods: new Set<string>(methods), pattern: patternOf(path) })),
  );
  return {
    check(method, path) {
      const others = new Set<string>();
      for (const { methods, pattern } of compiled) {
        if (!pattern.test(path)) continue;
        if (methods.has(method)) return 'allowed';
        for (const each of methods) others.add(each);
      }
      return others.size === 0 ? 'no-path' : [...others];
    },
  };
}

/** `/items/*` matches everything below `/items/`; in `/items/:id` and `/items/* /reviews`, one segment. */
function patternOf(path: string): RegExp {
  if (path === '/*') return /^\//;
  const parts = path.split('/').slice(1);
  const last = parts.length - 1;
  const segments = parts.map((part, index) => {
    if (part === '*' && index === last) return '[^/].*';
    if (part === '*' || part.startsWith(':')) return '[^/]+';
    return part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^/${segments.join('/')}$`);
}

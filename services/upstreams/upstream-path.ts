import type { UpstreamDefinition } from './upstreams-file.js';

/** What a request asks an upstream for, in the one form that is both judged and sent. */
export interface UpstreamTarget {
  /** Normalised: as it is matched, it is sent. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
}

/** What a path may hold unencoded (RFC 3986 section 3.3). A backslash is none of it. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/;
/** Browsers leave more than RFC 3986 allows as it is; nothing of it can end the request line. */
const QUERY = /^\?[!-~]*$/;
const ENCODED = /%([0-9A-Fa-f]{2})?/g;
const ALL_ASCII = /[\0-\x7f]+/g;
/** What becomes one of these in a compatibility form (`．`, `‥`, `／`) is one to programs that normalize names. */
const SEPARATOR = /[./\\%]/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

/**
 * Judges what stands behind `/gw/<name>`. Whatever two programs might read differently is refused instead of repaired:
 * dot segments and empty ones, encoded separators, characters that NFKC turns into one, control characters, anything
 * encoded twice, and what is no UTF-8.
 *
 * @returns undefined when it is refused.
 * @see RFC 3986 section 6.2.2 for the normal form: unreserved characters stand for themselves, hex digits are capitals.
 */
export function upstreamTarget(raw: string): UpstreamTarget | undefined {
  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? '' : raw.slice(mark);
  const path = rawPath === '' ? '/' : rawPath;
  if (!PATH.test(path) || (query !== '' && !QUERY.test(query)) || query.includes('#')) return undefined;
  const normal = path.includes('%') ? normalised(path) : path;
  return normal === undefined || hasDoubtfulSegment(normal) ? undefined : { path: normal, query };
}

function normalised(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path); // throws on what is no UTF-8, overlong forms included
  } catch {
    return undefined;
  }
  // Separators and control characters may not be hidden, and what is decoded must not be decodable once more.
  if (/%[0-9A-Fa-f]{2}|[\\\p{Cc}]/u.test(decoded) || /%2f/i.test(path)) return undefined;
  if (SEPARATOR.test(decoded.replace(ALL_ASCII, '').normalize('NFKC'))) return undefined;
  return path.replace(ENCODED, (code, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : code.toUpperCase();
  });
}

/** `..;` is a dot segment to servers that know path parameters. */
function hasDoubtfulSegment(path: string): boolean {
  return path.includes('//') || /\/\.{1,2}(?:[/;]|%3B|$)/.test(path);
}

export interface AllowList {
  /** `no-path`: nothing of that path; else the methods that the path may be asked with. */
  check(method: string, path: string): 'allowed' | 'no-path' | readonly string[];
}

/** Compiles the rules once. */
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

/** `/items/*` is everything below `/items/`, `/items/:id` and `/items/* /reviews` are one segment in that place. */
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

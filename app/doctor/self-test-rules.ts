import type { SelfTestResult } from './self-test.js';
import { listed, type Rule } from './rule.js';

const BFF = 'RFC 10017';
const ASVS = 'OWASP ASVS 5.0';

/** Rules about what only requests to the onion can show. */
export const SELF_TEST_RULES: readonly Rule<SelfTestResult>[] = [
  {
    id: 'cookie-http-only',
    source: BFF,
    level: 'must',
    check: ({ cookie, https }) => ({
      ok: hasFlag(cookie, 'httponly') && (!https || hasFlag(cookie, 'secure')),
      found: flagsOf(cookie),
    }),
  },
  {
    id: 'cookie-scope',
    source: BFF,
    level: 'should',
    check: ({ cookie }) => ({
      ok: hasFlag(cookie, 'samesite=strict') && hasFlag(cookie, 'path=/') && !/;\s*domain=/i.test(cookie),
      found: flagsOf(cookie),
    }),
  },
  {
    id: 'csrf-every-route',
    source: BFF,
    level: 'must',
    check: ({ guarded, unguarded }) => ({
      ok: guarded.length > 0 && unguarded.length === 0,
      found: unguarded.length === 0 ? `${guarded.length} routes refuse` : unguarded.join(', '),
    }),
  },
  {
    id: 'no-token-to-browser',
    source: BFF,
    level: 'must',
    check: ({ tokens }) => ({ ok: tokens.length === 0, found: listed(tokens) }),
  },
  {
    id: 'session-endpoints',
    source: BFF,
    level: 'should',
    check({ endpoints }) {
      const missing = ['GET /api/auth/me', 'POST /api/auth/login', 'POST /api/auth/logout'].filter(
        (endpoint) => !endpoints.has(endpoint),
      );
      return {
        ok: missing.length === 0,
        found: missing.length === 0 ? `${endpoints.size} routes` : missing.join(', '),
      };
    },
  },
  {
    id: 'content-security-policy',
    source: BFF,
    level: 'should',
    check({ page, data }) {
      const [shown, silent] = [policyOf(page), policyOf(data)];
      const strict =
        /default-src 'none'/.test(shown) &&
        /base-uri 'none'/.test(shown) &&
        /frame-ancestors 'none'/.test(shown) &&
        /script-src [^;]*'nonce-/.test(shown) &&
        !/unsafe-|\*/.test(shown);
      return {
        ok: strict && /default-src 'none'/.test(silent),
        found: shown.replaceAll(/'nonce-[^']+'/g, "'nonce-…'"),
      };
    },
  },
  {
    id: 'security-headers',
    source: `${ASVS} V3`,
    level: 'should',
    check({ page, data, https }) {
      const wanted = ['x-content-type-options', 'referrer-policy', 'permissions-policy', 'cross-origin-opener-policy'];
      if (https) wanted.push('strict-transport-security');
      const missing = wanted.filter((name) => !page.has(name) || !data.has(name));
      return { ok: missing.length === 0, found: missing.length === 0 ? wanted.join(', ') : `- ${missing.join(', ')}` };
    },
  },
  {
    id: 'host-checked',
    source: `${ASVS} V4`,
    level: 'must',
    check: ({ foreignHost }) => ({ ok: foreignHost === 400, found: `Host: doctor.invalid → ${foreignHost}` }),
  },
  {
    id: 'foreign-pages-read-nothing',
    source: `${ASVS} V3`,
    level: 'must',
    check: ({ foreignPage }) => {
      const granted = [...foreignPage.keys()].filter((name) => name.startsWith('access-control-allow-'));
      return { ok: granted.length === 0, found: listed(granted) };
    },
  },
  {
    id: 'gateway-allow-list',
    source: BFF,
    level: 'must',
    check: ({ gateway: { works, reached } }) => ({
      ok: works && reached.length === 0,
      found: works ? `passed on: ${listed(reached)}` : 'what is declared does not pass',
    }),
  },
  {
    id: 'gateway-no-cookie',
    source: BFF,
    level: 'must',
    check: ({ gateway: { works, leaked } }) => ({
      ok: works && leaked.length === 0,
      found: works ? `passed on: ${listed(leaked)}` : 'what is declared does not pass',
    }),
  },
];

const hasFlag = (cookie: string, flag: string): boolean =>
  cookie.split(';').some((part) => part.trim().toLowerCase() === flag);

/** Everything but the value. */
const flagsOf = (cookie: string): string => cookie.replace(/=[^;]*/, '=…').replace(/\s*expires=[^;]*;/i, '');

const policyOf = (headers: Headers): string => headers.get('Content-Security-Policy') ?? '';

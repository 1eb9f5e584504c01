import { isIP } from 'node:net';
import { join, relative } from 'node:path';
import { isLocalName, isLoopback } from '../../services/loopback.js';
import type { Config } from '../config.js';
import { PROJECT_ROOT } from '../project-root.js';
import type { Installation } from './installation.js';
import { listed, type Rule } from './rule.js';
import { databaseFile } from '../database-url.js';

const DAY_MS = 86_400_000;
/** No session outlives what a refresh token may (RFC 10017 on sessions of a BFF). */
const LONGEST_SESSION_DAYS = 30;
const MIN_KEY_CHARACTERS = 32;
const MIN_DIFFERENT_CHARACTERS = 10;
const MIN_METRICS_TOKEN = 32;

/** The last day each line of Node.js is looked after (https://github.com/nodejs/release#release-schedule). */
const NODE_ENDS: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  22: '2027-04-30',
  24: '2028-04-30',
  26: '2029-04-30',
};

const BFF = 'RFC 10017';
const ASVS = 'OWASP ASVS 5.0';

/** What settings, files and the machine tell. All of it is asked before every start in production. */
export const SETTING_RULES: readonly Rule<Installation>[] = [
  {
    id: 'cookie-secure',
    source: BFF,
    level: 'must',
    check: ({ config: { http } }) => ({ ok: http.https || staysHere(http), found: reachedAt(http) }),
  },
  {
    id: 'cookie-prefix',
    source: BFF,
    level: 'should',
    check: ({ config: { http, session } }) => ({
      ok: session.cookieName.startsWith('__Host-') || (!http.https && staysHere(http)), // browsers want https for it
      found: session.cookieName,
    }),
  },
  {
    id: 'session-lifetime',
    source: BFF,
    level: 'should',
    check: ({ config: { session } }) => ({
      ok: session.idleMs <= session.absoluteMs && session.absoluteMs <= LONGEST_SESSION_DAYS * DAY_MS,
      found: `SESSION_IDLE_HOURS=${session.idleMs / 3_600_000}, SESSION_MAX_HOURS=${session.absoluteMs / 3_600_000}`,
    }),
  },
  {
    id: 'session-keys-long',
    source: `${ASVS} V11`,
    level: 'must',
    check({ sessionKeys }) {
      const shortest = Math.min(...sessionKeys.map((key) => key.length));
      return { ok: shortest >= MIN_KEY_CHARACTERS, found: `${shortest} characters` };
    },
  },
  {
    id: 'session-keys-random',
    source: `${ASVS} V11`,
    level: 'should',
    check({ sessionKeys }) {
      const fewest = Math.min(...sessionKeys.map((key) => new Set(key).size));
      return { ok: fewest >= MIN_DIFFERENT_CHARACTERS, found: `${fewest} different characters` };
    },
  },
  {
    id: 'secrets-private',
    source: `${ASVS} V13`,
    level: 'must',
    check: ({ secretFiles }) => open(secretFiles),
  },
  {
    id: 'database-private',
    source: `${ASVS} V14`,
    level: 'should',
    check: ({ databaseFiles }) => open(databaseFiles),
  },
  {
    id: 'data-not-public',
    source: `${ASVS} V13`,
    level: 'must',
    check({ config: { dataDir, database } }) {
      const served = [dataDir, databaseFile(database) ?? dataDir].filter((path) =>
        isBelow(path, join(PROJECT_ROOT, 'public')),
      );
      return { ok: served.length === 0, found: served.length === 0 ? dataDir : served.join(', ') };
    },
  },
  {
    id: 'cors-exact',
    source: `${ASVS} V3`,
    level: 'must',
    check: ({ config: { http } }) => ({
      ok: http.corsOrigins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      found: `CORS_ORIGINS: ${listed(http.corsOrigins)}`,
    }),
  },
  {
    id: 'proxy-hops',
    source: `${ASVS} V4`,
    level: 'should',
    check: ({ config: { http } }) => ({
      ok: !http.https || http.trustProxyHops > 0,
      found: `TRUST_PROXY_HOPS=${http.trustProxyHops}, ${reachedAt(http)}`,
    }),
  },
  {
    id: 'redis-private',
    source: `${ASVS} V12`,
    level: 'should',
    check: ({ config: { redisUrl } }) => redisFinding(redisUrl),
  },
  {
    id: 'metrics-token',
    source: `${ASVS} V13`,
    level: 'should',
    check: ({ config: { metricsToken = '' } }) => ({
      ok: metricsToken === '' || metricsToken.length >= MIN_METRICS_TOKEN,
      found: metricsToken === '' ? 'METRICS_TOKEN is not set' : `METRICS_TOKEN has ${metricsToken.length} characters`,
    }),
  },
  {
    id: 'log-level',
    source: `${ASVS} V16`,
    level: 'should',
    check: ({ config: { log } }) => ({
      ok: !['debug', 'trace', 'silent'].includes(log.level),
      found: `LOG_LEVEL=${log.level}`,
    }),
  },
  {
    id: 'production-mode',
    source: `${ASVS} V13`,
    level: 'should',
    check: ({ config: { env } }) => ({ ok: env === 'production', found: `NODE_ENV=${env}` }),
  },
  {
    id: 'node-supported',
    source: `${ASVS} V15`,
    level: 'should',
    check({ nodeVersion, now }) {
      const end = NODE_ENDS[Number.parseInt(nodeVersion, 10)];
      return {
        ok: end !== undefined && now.toISOString().slice(0, 10) <= end,
        found: `Node.js ${nodeVersion}, supported until ${end ?? '?'}`,
      };
    },
  },
  {
    id: 'least-privilege',
    source: `${ASVS} V13`,
    level: 'should',
    check: ({ isRoot }) => ({ ok: !isRoot, found: isRoot ? 'root' : 'not root' }),
  },
];

/** Whether what is sent never leaves the machine, so that it cannot be intercepted: browsers trust it like https. */
function staysHere({ publicUrl, host }: Config['http']): boolean {
  return isLocal(publicUrl === undefined ? host : new URL(publicUrl).hostname);
}

function isLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isLocalName(hostname) || (isIP(address) !== 0 && isLoopback(address));
}

function reachedAt({ publicUrl, host }: Config['http']): string {
  return `PUBLIC_URL=${publicUrl ?? ''}, HOST=${host}`;
}

function open(files: Installation['secretFiles']) {
  const readable = files.filter(({ mode }) => (mode & 0o077) !== 0);
  const shown = readable.map(({ path, mode }) => `${path} has mode ${mode.toString(8).padStart(4, '0')}`);
  return { ok: readable.length === 0, found: readable.length === 0 ? `${files.length} files` : shown.join(', ') };
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !way.startsWith('..');
}

function redisFinding(redisUrl: string | undefined) {
  if (redisUrl === undefined) return { ok: true, found: 'REDIS_URL is not set' };
  const { protocol, hostname, password } = new URL(redisUrl);
  const found = `${protocol}//${hostname}, ${password === '' ? 'no password' : 'with a password'}`;
  return { ok: isLocal(hostname) || (protocol === 'rediss:' && password !== ''), found };
}

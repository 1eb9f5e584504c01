import { resolve } from 'node:path';
import { z } from 'zod';
import { isExactOrigin } from '../middlewares/csrf/origins.js';
import type { CliText } from '../views/locales/cli.js';
import { LOCALES, type Locale } from '../views/locales/index.js';
import { databaseLocation, isDatabaseUrl } from './database-url.js';
import { describeSettings } from './settings.js';
import { StartError } from './start-error.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const MEGABYTE = 1024 * 1024;

/** Names the sentence that says what a setting has to be. */
const needs = (key: keyof CliText['start']['settings']): string => key;
/** The sentences of the validation library. */
const ZOD_LOCALES = { en: z.locales.en(), 'zh-CN': z.locales.zhCN() };

// Not z.coerce: for that, `1e3`, `0x50` and a blank are numbers as well.
const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/, needs('number'))
  .transform(Number);
const wholeNumber = z.string().regex(/^\d+$/, needs('wholeNumber')).transform(Number);
const signingKey = z.string().min(32, needs('longKey'));

/** Every variable the process reads. Add one here, and to `.env.example`, or it does not exist. */
export const envSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  PORT: wholeNumber
    .pipe(z.int().min(0).max(65_535))
    .default(3000)
    .describe('TCP port to listen on; 0 picks a free one'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine(
      (address) => !URL.canParse(address) || new URL(address).href === `${new URL(address).origin}/`,
      needs('originAlone'),
    )
    .transform((address) => new URL(address).origin)
    .optional()
    .describe('The origin people see, as https://example.com: decides cookie flags and which origins are ours'),
  CORS_ORIGINS: z
    .string()
    .transform((origins) => origins.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.string().refine(isExactOrigin, needs('exactOrigins'))))
    .default([])
    .describe('Comma-separated origins whose pages may call the API with a token; never with a cookie'),
  DATA_DIR: z.string().min(1).default('./data').describe('SQLite file, uploads, generated keys'),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, needs('databaseUrl'))
    .optional()
    .describe('sqlite:/path/to/file or postgres://user:password@host/database; without it allium.sqlite in DATA_DIR'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('redis://host:6379: shares sessions and limits between workers; one installation per Redis database'),
  SESSION_KEYS: z
    .string()
    .transform((keys) => keys.split(',').map((key) => key.trim()))
    .pipe(z.tuple([signingKey]).rest(signingKey))
    .optional()
    .describe('Comma-separated signing keys, newest first; without it one is generated in DATA_DIR'),
  SESSION_IDLE_HOURS: number
    .pipe(z.number().positive().max(8_760))
    .default(24)
    .describe('A session ends this long after its last use'),
  SESSION_MAX_HOURS: number
    .pipe(z.number().positive().max(8_760))
    .default(720)
    .describe('A session ends this long after the sign-in at the latest'),
  TRUST_PROXY_HOPS: wholeNumber
    .pipe(z.int().min(0).max(10))
    .default(0)
    .describe('Number of trusted proxies in front that set X-Forwarded-*'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much is logged: fatal, error, warn, info, debug, trace or silent'),
  LOG_FORMAT: z.enum(['pretty', 'json']).optional().describe('pretty on a terminal, else json'),
  DEFAULT_LOCALE: z.enum(LOCALES).default('en').describe('Language of responses to requests without Accept-Language'),
  MAX_CONNECTIONS: wholeNumber
    .pipe(z.int().positive())
    .default(10_000)
    .describe('Maximum number of open connections per process'),
  MAX_REQUESTS: wholeNumber
    .pipe(z.int().positive())
    .default(2_000)
    .describe('Maximum number of requests in flight per process; more are answered 503'),
  RATE_LIMIT_PER_MINUTE: wholeNumber
    .pipe(z.int().positive())
    .default(1_200)
    .describe('Requests per address and process'),
  WRITE_LIMIT_PER_MINUTE: wholeNumber
    .pipe(z.int().positive())
    .default(300)
    .describe('Unsafe requests per account; counted over all processes with REDIS_URL, else per process'),
  SIGN_IN_FAILURES_PER_PLACE: wholeNumber
    .pipe(z.int().positive())
    .default(10)
    .describe('Wrong passwords for one account from one address or known device in 15 minutes'),
  SIGN_IN_FAILURES_PER_ACCOUNT: wholeNumber
    .pipe(z.int().positive())
    .default(50)
    .describe('Wrong passwords for one account in an hour, from unknown addresses and devices'),
  SIGN_IN_FAILURES_PER_ADDRESS: wholeNumber
    .pipe(z.int().positive())
    .default(100)
    .describe('Wrong passwords from one address in an hour, over all accounts'),
  REGISTRATIONS_PER_ADDRESS: wholeNumber
    .pipe(z.int().positive())
    .default(50)
    .describe('Registrations from one address in an hour'),
  UPLOAD_QUOTA_MB: wholeNumber
    .pipe(z.int().min(0).max(1_000_000))
    .default(500)
    .describe('Storage quota for the pictures of one account, in megabytes'),
  UPSTREAMS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File that declares the upstreams behind /gw; default: allium.upstreams.json in the working folder, if it exists',
    ),
  DRAIN_SECONDS: number
    .pipe(z.number().max(60))
    .optional()
    .describe('How long to respond with Connection: close before stopping; default: 3 under a process manager, else 0'),
  METRICS_TOKEN: z.string().min(16).optional().describe('Bearer token for /metrics; without it /metrics is disabled'),
  CONSUL_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('http://127.0.0.1:8500: the Consul agent that this server registers itself with'),
  CONSUL_TOKEN: z
    .string()
    .regex(/^[!-~]+$/, needs('printableAscii'))
    .optional()
    .describe('ACL token for Consul agents'),
  CONSUL_SERVICE: z
    .string()
    .regex(/^[\w-]{1,63}$/, needs('serviceName'))
    .default('allium')
    .describe('Service name of this server in Consul'),
  CONSUL_ADVERTISE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Address of this server for Consul and other services, as http://10.0.0.7:3000; default: the listening address',
    ),
  VITE_URL: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe('Set by `npm run dev`: where Vite serves the sources of the pages; read in development only'),
  NODE_APP_INSTANCE: z.string().optional().describe('Set by pm2: the number of this worker'),
});

export type Config = ReturnType<typeof loadConfig>;

/** What the process can tell of its surroundings, besides the environment. */
interface Surroundings {
  /** Whether standard output is a terminal. */
  terminal: boolean;
  /** Whether a process manager waits for word from us. */
  managed: boolean;
}

/**
 * Reads and checks the environment once, before anything else starts. An empty variable counts as not set.
 *
 * @throws StartError naming every bad variable, so that one run shows them all.
 */
export function loadConfig(env: NodeJS.ProcessEnv, { terminal, managed }: Surroundings) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = envSchema.safeParse(given);
  if (!parsed.success) throw new StartError(({ start }, locale) => start.badSettings(mistakesIn(given, start, locale)));
  const vars = parsed.data;
  const dataDir = resolve(vars.DATA_DIR);
  const https = vars.PUBLIC_URL?.startsWith('https:') ?? false;

  return Object.freeze({
    env: vars.NODE_ENV,
    /** Whether NODE_ENV is `production`: only then is an unsafe start refused, otherwise it logs warnings. */
    refusesUnsafe: given['NODE_ENV'] === 'production',
    http: Object.freeze({
      host: vars.HOST,
      port: vars.PORT,
      publicUrl: vars.PUBLIC_URL,
      https,
      maxConnections: vars.MAX_CONNECTIONS,
      maxRequests: vars.MAX_REQUESTS,
      corsOrigins: Object.freeze(vars.CORS_ORIGINS),
      trustProxyHops: vars.TRUST_PROXY_HOPS,
      drainMs: (vars.DRAIN_SECONDS ?? (managed ? 3 : 0)) * SECOND_MS,
    }),
    limits: Object.freeze({
      requests: limit(vars.RATE_LIMIT_PER_MINUTE, 60),
      writes: limit(vars.WRITE_LIMIT_PER_MINUTE, 60),
      place: limit(vars.SIGN_IN_FAILURES_PER_PLACE, 15 * 60),
      account: limit(vars.SIGN_IN_FAILURES_PER_ACCOUNT, 3_600),
      address: limit(vars.SIGN_IN_FAILURES_PER_ADDRESS, 3_600),
      registrations: limit(vars.REGISTRATIONS_PER_ADDRESS, 3_600),
    }),
    dataDir,
    database: databaseLocation(vars.DATABASE_URL, dataDir),
    redisUrl: vars.REDIS_URL,
    consul: Object.freeze({
      url: vars.CONSUL_URL,
      token: vars.CONSUL_TOKEN,
      service: vars.CONSUL_SERVICE,
      advertiseUrl: vars.CONSUL_ADVERTISE_URL,
    }),
    upstreams: Object.freeze({
      file: resolve(vars.UPSTREAMS_FILE ?? 'allium.upstreams.json'),
      /** One that is named has to be there. */
      named: vars.UPSTREAMS_FILE !== undefined,
    }),
    uploadQuotaBytes: vars.UPLOAD_QUOTA_MB * MEGABYTE,
    session: Object.freeze({
      keys: vars.SESSION_KEYS && Object.freeze(vars.SESSION_KEYS),
      // The prefix makes browsers hold the cookie to its flags (RFC 6265bis section 4.1.3), which need https.
      cookieName: https ? '__Host-Http-sid' : 'sid',
      deviceCookieName: https ? '__Host-Http-device' : 'device',
      idleMs: vars.SESSION_IDLE_HOURS * HOUR_MS,
      absoluteMs: vars.SESSION_MAX_HOURS * HOUR_MS,
    }),
    log: Object.freeze({ level: vars.LOG_LEVEL, format: vars.LOG_FORMAT ?? (terminal ? 'pretty' : 'json') }),
    settings: describeSettings(Object.keys(envSchema.shape), given, vars),
    defaultLocale: vars.DEFAULT_LOCALE,
    metricsToken: vars.METRICS_TOKEN,
    /** Where the pages' sources are served from instead of the built files. */
    viteUrl: vars.NODE_ENV === 'development' ? vars.VITE_URL : undefined,
    /** One worker says to people what all know. */
    firstWorker: (vars.NODE_APP_INSTANCE ?? '0') === '0',
  });
}

/** One line for each bad variable. Validates again, since the library makes its sentences while it validates. */
function mistakesIn(given: object, { settings }: CliText['start'], locale: Locale): string {
  const { error } = envSchema.safeParse(given, { error: ZOD_LOCALES[locale].localeError });
  const sentences: Readonly<Record<string, string>> = settings;
  return (error?.issues ?? [])
    .map(({ path, message }) => `  ${path.join('.')}: ${sentences[message] ?? message}`)
    .join('\n');
}

const limit = (points: number, windowSeconds: number) => Object.freeze({ points, windowSeconds });

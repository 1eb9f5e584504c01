import { z } from 'zod';
import { discoverySchema } from './discovery.schema.js';
import { headersSchema } from './headers.schema.js';
import { breakerSchema, checkSchema, ejectionSchema, slowStartSchema } from './health.schema.js';

/** A segment of a URL path, as it appears after `/gw/`. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** Methods that may be allowed. CONNECT and TRACE are not for gateways (RFC 9110 sections 9.3.6 and 9.3.8). */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export const BALANCES = ['round-robin', 'weighted', 'least-connections', 'random', 'address-hash'] as const;
export const TOKEN_MODES = ['none', 'user', 'service', 'user-or-none'] as const;

const MAX_TIMER_MS = 2 ** 31 - 1;
const ms = z.int().positive().max(MAX_TIMER_MS);
const count = z.int().min(0).max(1_000_000);

const origin = z
  .url({ protocol: /^https?$/, error: 'an address as http://host:port is needed' })
  .refine((text) => !URL.canParse(text) || isOrigin(new URL(text)), 'give scheme, host and port alone')
  .transform((text) => new URL(text).origin);

const instanceSchema = z.union([
  origin.transform((url) => ({ url, weight: 1, backup: false, down: false })),
  z.strictObject({
    url: origin,
    weight: z.int().min(1).max(1_000).default(1),
    backup: z.boolean().default(false),
    down: z.boolean().default(false),
  }),
]);

/** Literal segments, `*` or `:name` for exactly one, and a final `*` for one or more. */
const pathPattern = z
  .string()
  .max(500)
  .regex(/^\/(?:(?:[\w.~!$&'()+,;=@-]+|:\w+|\*)(?:\/(?!$)|$))*$/, 'a path as /items, /items/:id or /items/* is needed')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'no . or .. is needed');

const definitionSchema = z
  .strictObject({
    instances: z.array(instanceSchema).min(1, 'at least one instance is needed').optional(),
    discovery: discoverySchema.optional(),
    balance: z.enum(BALANCES).default('round-robin'),
    allow: z
      .array(
        z.strictObject({
          methods: z.array(z.enum(METHODS)).min(1),
          paths: z.array(pathPattern).min(1),
        }),
      )
      .min(1, 'at least one rule is needed'),
    token: z.enum(TOKEN_MODES).default('none'),
    /** Who may send requests. The token mode `user` implies `signed-in`. */
    access: z.enum(['anyone', 'signed-in']).optional(),
    /** Whether a host name may resolve to a loopback or private address. Declared IP addresses may be one. */
    allowPrivate: z.boolean().optional(),
    timeouts: z
      .strictObject({
        connectMs: ms.default(500),
        headersMs: ms.default(5_000),
        bodyIdleMs: ms.default(10_000),
        totalMs: ms.default(30_000),
        /** For event streams and WebSockets, to which `totalMs` does not apply. */
        streamIdleMs: ms.default(300_000),
      })
      .prefault({}),
    retries: z
      .strictObject({
        /** Beyond the first try. */
        attempts: z.int().min(0).max(10).default(2),
        budgetPercent: z.number().min(0).max(100).default(20),
      })
      .prefault({}),
    health: checkSchema.optional(),
    ejection: ejectionSchema.prefault({}),
    breaker: breakerSchema.prefault({}),
    slowStartMs: slowStartSchema,
    maxConcurrent: count.min(1).default(200),
    /** Event streams of one account, or else of one address. Default: a quarter of `maxConcurrent`. */
    maxStreamsPerClient: count.min(1).optional(),
    maxBodyBytes: z.int().min(0).default(10_485_760),
    websocket: z.boolean().default(false),
    maxWebsockets: count.default(10_000),
    cache: z
      .strictObject({
        seconds: z.number().min(0).max(86_400).default(0),
        staleIfErrorSeconds: z.number().min(0).max(604_800).default(0),
      })
      .optional(),
    headers: headersSchema,
    /** What the start page requests; false for nothing. Default: the first path without a pattern that allows GET. */
    home: z.union([z.literal(false), z.string().regex(/^\/[!-~]*$/, 'a path is needed')]).optional(),
  })
  .refine(({ instances, discovery }) => instances !== undefined || discovery !== undefined, {
    error: 'either instances or discovery is needed',
  })
  .refine(({ token, headers }) => token === 'none' || !headers.request.set.some(([name]) => name === 'authorization'), {
    error: 'this header holds the token; declare either token or this',
    path: ['headers', 'request', 'set', 'Authorization'],
  });

const fileSchema = z.strictObject({
  upstreams: z.record(z.string().regex(NAME, 'lowercase letters, digits and - are needed'), definitionSchema),
});

/** The declaration of one upstream, with every default. */
export type UpstreamDefinition = z.output<typeof definitionSchema>;
export type UpstreamDefinitions = ReadonlyMap<string, UpstreamDefinition>;

/** The file is not valid. The message lists every mistake, one per line, with its path in the file. */
export class UpstreamsFileError extends Error {
  override readonly name = 'UpstreamsFileError';
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('\n'));
  }
}

/** Parses the file that declares the upstreams. @throws UpstreamsFileError */
export function parseUpstreams(text: string): UpstreamDefinitions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UpstreamsFileError([`not JSON: ${(error as Error).message}`]);
  }
  const parsed = fileSchema.safeParse(value, { reportInput: false });
  if (!parsed.success) throw new UpstreamsFileError(parsed.error.issues.flatMap((issue) => mistakesOf(issue)));
  return new Map(Object.entries(parsed.data.upstreams));
}

/** Returns lines as `upstreams.catalog.allow[0].methods[1]: …`; of a union, those of the alternative that matched best. */
function mistakesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.find((issues) => issues.some((inner) => inner.path.length > 0)) ?? issue.errors[0];
    return (closest ?? []).flatMap((inner) => mistakesOf(inner, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${jsonPath([...path, key])}: no such setting`);
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => `${jsonPath(path)}: ${message}`);
  }
  return [`${jsonPath(path)}: ${issue.message}`];
}

function jsonPath(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
}

function isOrigin({ href, origin: whole, username }: URL): boolean {
  return href === `${whole}/` && username === '';
}

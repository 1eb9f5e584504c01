import { z } from 'zod';

/**
 * The request headers that every upstream receives: representation metadata, content negotiation, conditions and ranges
 * (RFC 9110 sections 8, 12, 13 and 14). All others stop at the gateway, since services and proxies trust many of them to
 * say who asks, from where, and for which path.
 */
const END_TO_END_HEADERS: readonly string[] = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-disposition',
  'content-range',
  'content-digest',
  'content-md5',
  'digest',
  'repr-digest',
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'want-content-digest',
  'want-repr-digest',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
  'cache-control',
  'pragma',
  'user-agent',
  'last-event-id', // by which event streams resume
  'tracestate', // `traceparent` is written by the gateway
];

/** Where a message ends is negotiated on each connection, and cannot be declared. */
const FRAMING = /^(?:connection|content-length|transfer-encoding|keep-alive|te|trailer|upgrade|expect)$/i;

/** Credentials for this server, and headers that the gateway writes itself. */
const NEVER_PASSED =
  /^(?:authorization|cookie|forwarded|host|http2-settings|proxy-.*|sec-websocket-.*|traceparent|via|x-csrf|x-forwarded-.*|x-request-id)$/i;

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'a header name is needed');
const headerValue = z.string().regex(/^[\x20-\x7e]*$/, 'printable ASCII is needed');
const settableName = headerName.refine((name) => !FRAMING.test(name), 'this header is not to be set');
const passableName = headerName.refine(
  (name) => !FRAMING.test(name) && !NEVER_PASSED.test(name),
  'this header is not to be passed',
);
const rules = {
  set: z.record(settableName, headerValue).default({}),
  remove: z.array(headerName).default([]),
};

/** Header names are in lowercase. */
export interface HeaderRules {
  set: readonly (readonly [name: string, value: string])[];
  /** The names of `set`, and those to remove. */
  replaced: ReadonlySet<string>;
}

export interface RequestHeaderRules extends HeaderRules {
  /** Names that pass from the client to the upstream. */
  passed: ReadonlySet<string>;
}

function compiledRules({ set, remove }: { set: Record<string, string>; remove: string[] }): HeaderRules {
  const added = Object.entries(set).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    set: added,
    replaced: new Set([...added.map(([name]) => name), ...remove.map((name) => name.toLowerCase())]),
  };
}

const requestSchema = z
  .strictObject({
    ...rules,
    /** Names besides those that every upstream receives. */
    pass: z.array(passableName).default([]),
  })
  .prefault({})
  .transform(({ pass, ...declared }): RequestHeaderRules => {
    const compiled = compiledRules(declared);
    const names = [...END_TO_END_HEADERS, ...pass.map((name) => name.toLowerCase())];
    return { ...compiled, passed: new Set(names.filter((name) => !compiled.replaced.has(name))) };
  });

const responseSchema = z
  .strictObject({
    ...rules,
    /** Names that the gateway drops otherwise. */
    pass: z.array(z.literal('set-cookie')).default([]),
  })
  .prefault({})
  .transform(({ pass, ...declared }) => ({ ...compiledRules(declared), passesCookies: pass.length > 0 }));

/** The `headers` of an upstream's declaration. */
export const headersSchema = z.strictObject({ request: requestSchema, response: responseSchema }).prefault({});

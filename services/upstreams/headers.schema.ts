import { z } from 'zod';
import { END_TO_END_HEADERS } from './request-headers.js';

/** Where a message ends is for both neighbors to find out, not for a declaration to say. */
const FRAMING = /^(?:connection|content-length|transfer-encoding|keep-alive|te|trailer|upgrade|expect)$/i;

/** Credentials that are meant for this server, and what the gateway writes itself. */
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

/** What is set, and which names it takes the place of or that go; names in lowercase. */
export interface HeaderRules {
  set: readonly (readonly [name: string, value: string])[];
  replaced: ReadonlySet<string>;
}

export interface RequestHeaderRules extends HeaderRules {
  /** What passes of what a client sends. */
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
    /** Names beside those that every upstream receives. */
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
    /** What would stop here otherwise. */
    pass: z.array(z.literal('set-cookie')).default([]),
  })
  .prefault({})
  .transform(({ pass, ...declared }) => ({ ...compiledRules(declared), passesCookies: pass.length > 0 }));

/** What an upstream's declaration says of headers. */
export const headersSchema = z.strictObject({ request: requestSchema, response: responseSchema }).prefault({});

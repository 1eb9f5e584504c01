import { koaBody } from 'koa-body';
import { TooLarge, UnsupportedMediaType } from '../services/errors.js';
import { verifyCsrf } from './csrf/verify.js';
import type { Context, Middleware } from './state.js';
import { MalformedBody } from './http/request-errors.js';

interface Options {
  /** Bytes, after decompression. */
  limit: number;
}

const PARSED_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];
const MAX_DEPTH = 32;

/**
 * Parses JSON and form bodies into `ctx.request.body`. Any other kind, and anything malformed, is refused here, but for
 * files: those stay unread until a route has checked the caller, and `endpoint` refuses them where none are taken.
 */
export function bodyParser({ limit }: Options): Middleware {
  const parse = koaBody({
    jsonLimit: limit,
    formLimit: limit,
    text: false,
    parsedMethods: PARSED_METHODS as never, // its type is an enum that it does not export
    includeUnparsed: true,
    onError(error) {
      throw translated(error);
    },
  }) as unknown as Middleware;

  return async function bodyParserMiddleware(ctx, next) {
    // The fields of a multipart body are not read here.
    if (!PARSED_METHODS.includes(ctx.method) || !hasBody(ctx) || ctx.is('multipart')) {
      verifyCsrf(ctx, {});
      return next();
    }
    const kind = ctx.is('json', 'urlencoded');
    if (!kind) throw new UnsupportedMediaType();

    await parse(ctx, async () => {
      const { body, rawBody } = ctx.request as { body?: unknown; rawBody?: string };
      if (kind === 'json') checkJson(rawBody ?? '', body);
      verifyCsrf(ctx, { formToken: (body as Record<string, unknown> | undefined)?.['_csrf'] });
      await next();
    });
  };
}

/** Whether there is a body at all (RFC 9112 section 6.3). */
export function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

function translated(error: Error & { status?: number }): Error {
  if (error.status === 413) return new TooLarge(undefined, { cause: error });
  if (error.status === 415) return new UnsupportedMediaType(undefined, { cause: error }); // an unknown encoding
  return new MalformedBody(undefined, { cause: error });
}

/** Every string of a JSON text, and behind a key its colon. */
const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/**
 * JSON.parse keeps the last of two equal keys and says nothing, so a check elsewhere may have seen the other one
 * (RFC 8259 section 4). Two were equal if the text holds more keys than the value that came of it.
 *
 * @throws MalformedBody
 */
function checkJson(text: string, value: unknown): void {
  let written = 0;
  for (const [, colon] of text.matchAll(STRINGS)) if (colon) written += 1;
  if (countKeys(value, 0) !== written) throw new MalformedBody('two equal keys');
}

function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_DEPTH) throw new MalformedBody('nested too deeply');
  const children = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce<number>((sum, child) => sum + countKeys(child, depth + 1), own);
}

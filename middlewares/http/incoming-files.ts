import { TooLarge, UnsupportedMediaType, ValidationFailed } from '../../services/errors.js';
import type { IncomingFile } from '../../services/media/media-service.js';
import type { Messages } from '../../views/locales/index.js';
import { boundaryOf, partsOf } from './multipart.js';
import type { Context } from '../state.js';
import { MalformedBody } from './request-errors.js';

/** The files that a route takes, as multipart/form-data. */
export interface FilesSpec {
  /** The form field. */
  field: string;
  maxFiles: number;
  /** Of each file. */
  maxBytes: number;
}

/** The rest of the body: boundaries, headers and a short field. */
const OVERHEAD_BYTES = 64 * 1024;
const MEGABYTE = 1024 * 1024;

/**
 * The files of a request, one after the other as they arrive: nothing is read before the route asks for the first,
 * and nothing is stored here. The rest of a refused body is discarded, so that the client reads the refusal.
 *
 * @throws UnsupportedMediaType, MalformedBody, TooLarge, ValidationFailed while they are read.
 */
export async function* filesOf(
  ctx: Context,
  { field, maxFiles, maxBytes }: FilesSpec,
  { validation }: Messages,
): AsyncGenerator<IncomingFile, void, void> {
  const refusal = (path: string, message: string) => new ValidationFailed(undefined, { problems: [{ path, message }] });
  const tooLarge = (path: string) =>
    new TooLarge(undefined, { problems: [{ path, message: validation.fileTooLarge(maxBytes / MEGABYTE) }] });

  const length = Number(ctx.get('Content-Length')); // 0 also without the header
  if (length === 0 && ctx.get('Transfer-Encoding') === '') throw refusal(field, validation.required);
  if (!ctx.is('multipart/form-data')) throw new UnsupportedMediaType();
  const limit = maxFiles * maxBytes + OVERHEAD_BYTES;
  if (length > limit) throw tooLarge(field);

  let count = 0;
  try {
    const body = limited(bytesOf(ctx), limit, () => tooLarge(field));
    for await (const { name, filename, content } of partsOf(body, boundaryOf(ctx.get('Content-Type')))) {
      if (name === '_csrf' && filename === undefined) continue; // the X-CSRF header was verified
      if (name !== field) throw refusal(name.slice(0, 100), validation.unknownField);
      if (filename === undefined) throw refusal(field, validation.file);
      if (count === maxFiles) throw refusal(field, validation.tooManyFiles(maxFiles));
      const path = maxFiles === 1 ? field : `${field}.${count}`;
      count += 1;
      yield {
        field: path,
        originalName: displayName(filename),
        content: limited(content, maxBytes, () => tooLarge(path)),
      };
    }
    if (count === 0) throw refusal(field, validation.required);
  } finally {
    ctx.req.resume();
  }
}

/** @throws MalformedBody when the client disconnects before the end, which is no failure of ours. */
async function* bytesOf({ req }: Context): AsyncGenerator<Buffer, void, void> {
  try {
    yield* req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new MalformedBody('broken off', { cause });
  }
}

async function* limited(content: AsyncIterable<Buffer>, limit: number, refusal: () => Error) {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > limit) throw refusal();
    yield chunk;
  }
}

/**
 * A name for people to recognize: without the folders that some clients send, without what cannot be shown, and without
 * what turns the direction of the text (`fdp.exe` shown as `exe.pdf`).
 */
function displayName(filename: string): string {
  const [base = ''] = filename.split(/[/\\]/).slice(-1);
  return (
    base
      .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '')
      .slice(0, 200)
      .toWellFormed()
      .trim() || 'image'
  );
}

import { MalformedBody } from './request-errors.js';

/** One part of a multipart body (RFC 7578). */
export interface Part {
  /** The form field. */
  name: string;
  /** As the client calls the file; undefined when the part is a plain field. */
  filename: string | undefined;
  /** Its bytes as they arrive. What is not read is skipped before the next part. */
  content: AsyncIterable<Buffer>;
}

/** What browsers and libraries send is below three hundred. */
const MAX_HEADER_BYTES = 4_096;
const BLANK_LINE = Buffer.from('\r\n\r\n');

/**
 * Reads a multipart body part by part, as it arrives, and holds no more of it than one chunk. Written here, because
 * formidable limits no header and searches them in quadratic time, and busboy skips parts that it cannot read.
 *
 * @throws MalformedBody also when it ends too early.
 */
export async function* partsOf(body: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part, void, void> {
  const source = createSource(body);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  try {
    await drain(source.until(delimiter)); // the preamble, which is ignored (RFC 2046 section 5.1.1)
    while (!(await source.startsWith('--'))) {
      if (!(await source.startsWith('\r\n'))) throw new MalformedBody('a boundary that is none');
      const part = describedBy(await source.text(BLANK_LINE, MAX_HEADER_BYTES));
      const content = source.until(delimiter);
      yield { ...part, content };
      await drain(content); // ends at once if it has been read
    }
  } finally {
    await source.close();
  }
}

async function drain(content: AsyncGenerator<Buffer>): Promise<void> {
  while (!(await content.next()).done);
}

/** The boundary of a multipart Content-Type (RFC 2046 section 5.1.1). @throws MalformedBody */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new MalformedBody('no boundary');
  return boundary;
}

function describedBy(headers: string): Omit<Part, 'content'> {
  const disposition = headers.split('\r\n').find((line) => /^content-disposition:\s*form-data\s*;/i.test(line)) ?? '';
  const parameter = (name: string) => new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(disposition)?.[1];
  const name = parameter('name');
  if (name === undefined) throw new MalformedBody('a part without a name');
  return { name, filename: parameter('filename') };
}

/** Reads ahead just far enough to recognize a delimiter that lies across two chunks. */
function createSource(body: AsyncIterable<Buffer>) {
  const chunks = body[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.from('\r\n'); // precedes the first delimiter, as a line break does the others

  async function more(): Promise<void> {
    const { done, value } = await chunks.next();
    if (done) throw new MalformedBody('the body ends too early');
    buffer = buffer.length === 0 ? value : Buffer.concat([buffer, value]);
  }

  return {
    /** Ends the iteration, so that the caller can discard the rest of the body. */
    async close(): Promise<void> {
      await chunks.return?.();
    },

    /** Everything before the delimiter, which is consumed as well. */
    async *until(delimiter: Buffer): AsyncGenerator<Buffer, void, void> {
      for (;;) {
        const end = buffer.indexOf(delimiter);
        const ready = end < 0 ? Math.max(0, buffer.length - delimiter.length + 1) : end;
        const content = buffer.subarray(0, ready);
        buffer = buffer.subarray(end < 0 ? ready : end + delimiter.length);
        if (content.length > 0) yield content;
        if (end >= 0) return;
        await more();
      }
    },

    /** As `until`, as text. @throws MalformedBody when it is longer than `limit` bytes. */
    async text(delimiter: Buffer, limit: number): Promise<string> {
      for (;;) {
        const end = buffer.indexOf(delimiter);
        if (end > limit || (end < 0 && buffer.length > limit)) throw new MalformedBody('headers of that length');
        if (end >= 0) {
          const text = buffer.toString('utf8', 0, end);
          buffer = buffer.subarray(end + delimiter.length);
          return text;
        }
        await more();
      }
    },

    /** Consumes the text if that is what comes next. */
    async startsWith(text: string): Promise<boolean> {
      while (buffer.length < text.length) await more();
      if (buffer.toString('latin1', 0, text.length) !== text) return false;
      buffer = buffer.subarray(text.length);
      return true;
    },
  };
}

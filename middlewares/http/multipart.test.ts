import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedBody } from './request-errors.js';
import { boundaryOf, partsOf } from './multipart.js';

const BOUNDARY = 'xyz';

interface Given {
  name: string;
  filename: string | undefined;
  content: Buffer;
}

function bodyOf(parts: Given[]): Buffer {
  const chunks = parts.flatMap(({ name, filename, content }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), content, Buffer.from('\r\n')];
  });
  return Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** The bytes in pieces that end at these places. */
async function* inPieces(body: Buffer, cuts: number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const cut of [...cuts.map((at) => at % (body.length + 1)).toSorted((a, b) => a - b), body.length]) {
    yield Promise.resolve(body.subarray(start, cut));
    start = cut;
  }
}

async function read(body: AsyncIterable<Buffer>): Promise<Given[]> {
  const parts: Given[] = [];
  for await (const { content, ...part } of partsOf(body, BOUNDARY)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    parts.push({ ...part, content: Buffer.concat(chunks) });
  }
  return parts;
}

const word = fc.stringMatching(/^[\w .-]{1,20}$/);
/** Bytes that look like a delimiter again and again, and others. */
const content = fc
  .array(fc.oneof(fc.constantFrom('\r', '\n', '\r\n', '--', '\r\n--', '\r\n--xy', '-', 'xyz', '--xyz--'), fc.string()))
  .map((pieces) => Buffer.from(pieces.join('')))
  .filter((bytes) => !Buffer.concat([Buffer.from('\r\n'), bytes]).includes(`\r\n--${BOUNDARY}`));
const part = fc.record({ name: word, filename: fc.option(word, { nil: undefined }), content });
const cuts = fc.array(fc.nat({ max: 2_000 }), { maxLength: 30 });

describe('a multipart body', () => {
  it('is read as it was written, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), cuts, async (parts, places) => {
        expect(await read(inPieces(bodyOf(parts), places))).toEqual(parts);
      }),
    );
  });

  it('is read byte by byte as well', async () => {
    const parts = [{ name: 'a', filename: 'b.png', content: Buffer.from('\r\n--xy\r\n--x') }];
    const body = bodyOf(parts);

    expect(await read(inPieces(body, [...body.keys()]))).toEqual(parts);
  });

  it('that ends anywhere too early is refused', async () => {
    const body = bodyOf([{ name: 'a', filename: undefined, content: Buffer.from('content') }]);
    for (let end = 0; end < body.length - 2; end += 1) {
      await expect(read(inPieces(body.subarray(0, end), []))).rejects.toThrow(MalformedBody);
    }
  });

  it('of which a part is skipped continues with the next part', async () => {
    const parts = ['a', 'b', 'c'].map((name) => ({ name, filename: undefined, content: Buffer.alloc(100, name) }));
    const names: string[] = [];
    for await (const { name } of partsOf(inPieces(bodyOf(parts), [50, 90, 200]), BOUNDARY)) names.push(name);

    expect(names).toEqual(['a', 'b', 'c']);
  });
});

describe('the boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; charset=utf-8; Boundary="a b c"; x=y', 'a b c'],
    ['multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxk', '----WebKitFormBoundary7MA4YWxk'],
  ])('of %s is found', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });

  it.each(['multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'x'.repeat(71)}`])(
    'of %s is none',
    (type) => {
      expect(() => boundaryOf(type)).toThrow(MalformedBody);
    },
  );
});

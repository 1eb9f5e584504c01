import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { create, parse } from 'content-disposition';

/** What a field value consists of, but for bytes whose meaning programs disagree on (RFC 9110 section 5.5). */
const ASCII = /^[\t\x20-\x7e]*$/;
const NOT_ASCII = /[^\t\x20-\x7e]/g;

/**
 * Writes a value that comes from elsewhere in ASCII, whatever bytes it holds. Node reads the bytes of a
 * `Content-Disposition` beside a `Content-Length` as UTF-8 and writes the lowest byte of each character: U+560D U+560A
 * become CR LF, after every check. File names stay readable (RFC 8187); other bytes are percent-encoded.
 *
 * @param name in lowercase.
 * @param value a character for each byte, as Node and undici read it.
 */
export function asciiValue(name: string, value: string): string {
  if (ASCII.test(value)) return value;
  if (name === 'content-disposition') return asciiDisposition(value);
  return value.replace(NOT_ASCII, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/**
 * `filename*` in UTF-8 and `filename` in ASCII for older clients (RFC 6266 section 4.3). Other parameters go, and what is
 * not `inline` is an attachment (section 4.2).
 */
function asciiDisposition(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const { type, parameters } = parse(isUtf8(bytes) ? bytes.toString('utf8') : value);
  return create(parameters['filename'], { type: type === 'inline' ? type : 'attachment' });
}

/**
 * The headers or trailers of an upstream with each value in ASCII. Lines of one name are one value (RFC 9110 section
 * 5.3), cookies excepted. Changes `headers`.
 */
export function asciiHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (name === 'set-cookie') headers[name] = [value].flat().map((cookie) => asciiValue(name, cookie));
    else headers[name] = asciiValue(name, typeof value === 'string' ? value : value.join(', '));
  }
  return headers;
}

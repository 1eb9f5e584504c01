import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { create, parse } from 'content-disposition';

/** Bytes of a field value whose meaning programs disagree on (RFC 9110 section 5.5). */
const NOT_ASCII = /[^\t\x20-\x7e]/;
const EACH_NOT_ASCII = new RegExp(NOT_ASCII, 'g');

/**
 * Writes a received value in ASCII. Node reads the bytes of a `Content-Disposition` beside a `Content-Length` as UTF-8
 * and writes the lowest byte of each character: U+560D U+560A become CR LF, after every check. File names stay readable
 * (RFC 8187); other bytes are percent-encoded.
 *
 * @param name in lowercase.
 * @param value one character per byte, as Node and undici read it.
 */
export function asciiValue(name: string, value: string): string {
  if (!NOT_ASCII.test(value)) return value;
  if (name === 'content-disposition') return asciiDisposition(value);
  return value.replace(EACH_NOT_ASCII, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/**
 * Writes `filename*` in UTF-8, and `filename` in ASCII for older clients (RFC 6266 section 4.3). Other parameters are
 * dropped; every type but `inline` is an attachment (section 4.2).
 */
function asciiDisposition(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const { type, parameters } = parse(isUtf8(bytes) ? bytes.toString('utf8') : value);
  return create(parameters['filename'], { type: type === 'inline' ? type : 'attachment' });
}

/**
 * Writes each value of an upstream's headers or trailers in ASCII, in place. Lines of one name become one value (RFC
 * 9110 section 5.3), except cookies.
 */
export function asciiHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || (typeof value === 'string' && !NOT_ASCII.test(value))) continue;
    const lines = [value].flat();
    if (name === 'set-cookie') headers[name] = lines.map((cookie) => asciiValue(name, cookie));
    else headers[name] = asciiValue(name, lines.join(', '));
  }
  return headers;
}

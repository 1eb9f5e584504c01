import { mediaName, type MediaStorage, type StoredFile } from '../services/media/media-storage.js';
import type { Context, Middleware } from './state.js';

const BASE = '/uploads/';
const YEAR_SECONDS = 365 * 86_400;

/**
 * Serves uploaded files, by names that only we give. A name never gets another content, so a response may be cached
 * for ever. No browser renders the bytes as a page: their type is fixed, and an opened file is sandboxed.
 */
export function uploads({ storage }: { storage: MediaStorage }): Middleware {
  return async function uploadsMiddleware(ctx, next) {
    if (!ctx.path.startsWith(BASE) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    const name = ctx.path.slice(BASE.length);
    const media = mediaName(name);
    const file = media && (await storage.find(name));
    if (!media || !file) return next();

    const etag = `"${name}"`;
    ctx.set({
      'Accept-Ranges': 'bytes',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
      ETag: etag,
      'Last-Modified': file.modifiedAt.toUTCString(),
    });
    const range = rangeOf(ctx, file, etag);
    if (range === 'unsatisfiable') {
      ctx.set('Content-Range', `bytes */${file.size}`);
      return ctx.throw(416);
    }
    ctx.set('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`);
    ctx.status = 200;
    if (ctx.fresh) return void (ctx.status = 304);

    const { start, end } = range ?? { start: 0, end: file.size - 1 };
    if (range) {
      ctx.status = 206;
      ctx.set('Content-Range', `bytes ${start}-${end}/${file.size}`);
    }
    ctx.type = media.type;
    if (ctx.method === 'GET') ctx.body = storage.read(name, { start, end });
    ctx.length = end - start + 1;
  };
}

/**
 * The one range asked for (RFC 9110 section 14.2). Undefined when the whole file is to be sent: no range, several, one
 * that is not understood, or one meant for another content.
 */
function rangeOf(
  ctx: Context,
  { size, modifiedAt }: StoredFile,
  etag: string,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(ctx.get('Range').trim()) ?? [];
  if (ctx.method !== 'GET' || (first === '' && last === '')) return undefined;
  const condition = ctx.get('If-Range');
  if (condition !== '' && condition !== etag && condition !== modifiedAt.toUTCString()) return undefined;
  if (first === '')
    return Number(last) === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Middleware } from './state.js';

const YEAR_S = 365 * 86_400;
const HOUR_S = 3_600;
/** Built files carry a hash of their content in their name. */
const BUILT = '/assets/';

/** Encodings that the build leaves beside a file, the best first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

interface Asset {
  type: string;
  etag: string;
  cacheControl: string;
  /** By encoding; always with `identity`. */
  bodies: ReadonlyMap<string, Buffer>;
}

/**
 * Serves the files of `root` from memory: a build that replaces them breaks no page that this process has sent.
 * Of files added later only built ones are read, once each: a page of the next build, sent by the next process, may
 * request them from this one.
 */
export function assets({ root }: { root: string }): Middleware {
  const files = new Map(publicFiles(root).map((path) => [path, readAsset(root, path)]));

  return async function assetsMiddleware(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    const asset = files.get(ctx.path) ?? newlyBuilt(ctx.path);
    if (!asset) return next();

    ctx.type = asset.type;
    ctx.set({ ETag: asset.etag, 'Cache-Control': asset.cacheControl });
    ctx.vary('Accept-Encoding');
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    const [encoding = 'identity'] =
      ENCODINGS.find(([name]) => asset.bodies.has(name) && ctx.acceptsEncodings(name, 'identity') === name) ?? [];
    if (encoding !== 'identity') ctx.set('Content-Encoding', encoding);
    ctx.body = asset.bodies.get(encoding) ?? asset.bodies.get('identity');
  };

  function newlyBuilt(path: string): Asset | undefined {
    if (!/^\/assets\/[\w-]+\.\w+$/.test(path) || !existsSync(join(root, path))) return undefined;
    const asset = readAsset(root, path);
    files.set(path, asset);
    return asset;
  }
}

function readAsset(root: string, path: string): Asset {
  const file = join(root, path);
  const plain = readFileSync(file);
  const compressed = ENCODINGS.filter(([, ending]) => existsSync(file + ending)).map(
    ([encoding, ending]) => [encoding, readFileSync(file + ending)] as const,
  );
  return {
    type: extname(path),
    etag: `"${createHash('sha1').update(plain).digest('base64url').slice(0, 16)}"`,
    cacheControl: path.startsWith(BUILT) ? `public, max-age=${YEAR_S}, immutable` : `public, max-age=${HOUR_S}`,
    bodies: new Map([...compressed, ['identity', plain]]),
  };
}

function publicFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/')}`)
    .filter((path) => !path.includes('/.') && !['.br', '.gz'].includes(extname(path)));
}

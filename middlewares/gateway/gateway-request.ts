import { NotFound, TooLarge } from '../../services/errors.js';
import {
  CallSignal,
  ClientDisconnected,
  UploadBody,
  upstreamTarget,
  type AccessCheck,
  type ClientKey,
  type Gateway,
  type ProxyExchange,
  type CallerSignIn,
  type Upstream,
  type UpstreamTarget,
} from '../../services/upstreams/index.js';
import { addressKey } from '../http/address.js';
import { requireSignedIn, viewerOf, type Authenticated } from '../http/auth.js';
import { logOf } from '../request-context.js';
import type { Context } from '../state.js';

/** The path prefix of all upstreams. */
export const GATEWAY = '/gw/';
const NAMED = /^\/gw\/([a-z][a-z0-9-]*)(?=[/?]|$)/;

/**
 * Resolves the upstream and the target of a request.
 *
 * @returns undefined for a method that the path does not allow, with status 405 and `Allow` set.
 * @throws NotFound for what is not declared; a 400 for an ambiguous path.
 */
export function resolveTarget(
  ctx: Context,
  gateway: Pick<Gateway, 'find'>,
): { upstream: Upstream; target: UpstreamTarget } | undefined {
  const { url = '' } = ctx.req;
  const [prefix = '', name = ''] = NAMED.exec(url) ?? [];
  if (prefix === '') throw new NotFound();
  const target = upstreamTarget(url.slice(prefix.length));
  if (!target) {
    logOf(ctx).warn('refused an ambiguous path');
    return ctx.throw(400); // before the lookup, so that the response does not depend on which upstreams exist
  }
  const upstream = gateway.find(name);
  if (!upstream) throw new NotFound();
  (ctx as { _matchedRoute?: string })._matchedRoute = prefix; // for the access log and the metrics
  const verdict = upstream.allowList.check(ctx.method, target.path);
  if (verdict === 'allowed') return { upstream, target };
  if (verdict === 'no-path') throw new NotFound();
  ctx.set('Allow', verdict.join(', '));
  ctx.status = 405;
  return undefined;
}

/**
 * Returns the token that the upstream receives, by its declaration.
 *
 * @throws NotSignedIn, InvalidToken, TokenExpired, Unavailable when the upstream requires a sign-in.
 */
export type UpstreamTokenFor = (ctx: Context, upstream: Upstream) => string | undefined;

export function createUpstreamTokenFor({ tokens }: Pick<Gateway, 'tokens'>): UpstreamTokenFor {
  return (ctx, { name, definition: { token }, requiresSignIn }) => {
    const auth = requiresSignIn ? requireSignedIn(ctx.state.auth) : ctx.state.auth;
    if (token === 'service') return tokens.forService(name);
    if (token === 'none' || auth.kind === 'anonymous') return undefined;
    return tokens.forCaller(name, signInOf(auth));
  };
}

/** Personal access tokens belong to no sign-in: all of one account share the upstream token. */
function signInOf({ viewer, kind, credentialId, until }: Authenticated): CallerSignIn {
  return { userId: viewer.id, id: kind === 'personal-token' ? kind : String(credentialId), endsAt: until };
}

/** Returns whose share a request counts against: the account's, or else the address's. */
function clientKey({ state, ip }: Context): ClientKey {
  return viewerOf(state.auth)?.id ?? addressKey(ip);
}

/**
 * Returns the request's body, unread; undefined if it has none.
 *
 * @throws TooLarge if its `Content-Length` is; a 400 for a transfer coding other than chunked.
 */
export function uploadOf(
  ctx: Context,
  { definition: { maxBodyBytes } }: Upstream,
  access: AccessCheck | undefined,
): UploadBody | undefined {
  const { 'transfer-encoding': coding, 'content-length': length } = ctx.req.headers;
  if (coding === undefined && !(Number(length) > 0)) return undefined;
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') ctx.throw(400);
  if (Number(length) > maxBodyBytes) throw new TooLarge();
  return new UploadBody(ctx.req, maxBodyBytes, access);
}

type UpstreamRequest = Pick<Parameters<Upstream['send']>[0], 'path' | 'headers' | 'body' | 'upgrade'>;

/**
 * Sends a request to an upstream, and ends it when the client disconnects.
 *
 * @returns undefined when the client has disconnected; Koa then sends nothing.
 * @throws as `Upstream.send`; a 408 for a client that neither sends nor reads.
 */
export async function sendUpstream(
  ctx: Context,
  upstream: Upstream,
  request: UpstreamRequest,
): Promise<ProxyExchange | undefined> {
  const signal = new CallSignal();
  ctx.res.once('close', () => signal.abort());
  try {
    return await upstream.send({ ...request, method: ctx.method, key: ctx.ip, client: clientKey(ctx), signal });
  } catch (error) {
    if (!(error instanceof ClientDisconnected)) throw error;
    if (!signal.aborted) return ctx.throw(408);
    ctx.respond = false;
    return undefined;
  }
}

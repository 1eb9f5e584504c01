import type { Actor } from '../services/actor.js';
import { InvalidToken, NotFound, NotSignedIn, TooLarge } from '../services/errors.js';
import type { ClientKey } from '../services/upstreams/client-shares.js';
import type { RelayTokens, SignIn } from '../services/upstreams/relay-tokens.js';
import type { Standing } from '../services/upstreams/tunnels.js';
import { UploadBody } from '../services/upstreams/upload-body.js';
import type { Upstream } from '../services/upstreams/upstream.js';
import { upstreamTarget, type UpstreamTarget } from '../services/upstreams/upstream-path.js';
import type { Upstreams } from '../services/upstreams/upstreams.js';
import { addressKey } from './address.js';
import { actorOf, hasBearerToken } from './authenticate.js';
import { logOf } from './request-context.js';
import type { Context } from './state.js';

/** Where upstreams are, seen from outside. */
export const GATEWAY = '/gw/';
const NAMED = /^\/gw\/([a-z][a-z0-9-]*)(?=[/?]|$)/;

export interface Addressed {
  upstream: Upstream;
  target: UpstreamTarget;
}

/**
 * The upstream that a request is for, and what it asks it for.
 *
 * @returns undefined for a method that the path does not take; `Allow` is set then.
 * @throws NotFound for what is not declared. @throws a 400 for what could be read in two ways.
 */
export function addressed(ctx: Context, upstreams: Pick<Upstreams, 'find'>): Addressed | undefined {
  const { url = '' } = ctx.req;
  const [prefix = '', name = ''] = NAMED.exec(url) ?? [];
  if (prefix === '') throw new NotFound();
  const target = upstreamTarget(url.slice(prefix.length));
  if (!target) {
    logOf(ctx).warn('refused a path that could be read in two ways');
    return ctx.throw(400); // whether there is such an upstream or not
  }
  const upstream = upstreams.find(name);
  if (!upstream) throw new NotFound();
  (ctx as { _matchedRoute?: string })._matchedRoute = prefix; // what logs and figures call it
  const verdict = upstream.allowList.check(ctx.method, target.path);
  if (verdict === 'allowed') return { upstream, target };
  if (verdict === 'no-path') throw new NotFound();
  ctx.set('Allow', verdict.join(', '));
  ctx.status = 405;
  return undefined;
}

export interface TokenOptions {
  relayTokens: RelayTokens;
}

/**
 * The token that goes along, as the upstream's declaration says.
 *
 * @throws NotSignedIn, InvalidToken, TokenExpired, Unavailable when the upstream is for people who are signed in.
 */
export type RelayTokenFor = (ctx: Context, upstream: Upstream) => string | undefined;

export function createRelayTokenFor(options: TokenOptions): RelayTokenFor {
  return (ctx, { name, definition: { token }, isForMembers }) => {
    const actor = isForMembers ? actorOf(ctx) : ctx.state.actor;
    if (token === 'service') return options.relayTokens.forService(name);
    if (token === 'none' || !actor) return undefined;
    return options.relayTokens.forViewer(name, signInOf(actor, ctx.state.signedInUntil));
  };
}

/** A personal access token belongs to no sign-in: what is made for one serves the others of that account as well. */
function signInOf({ id: userId, kind, credentialId }: Actor, endsAt = Date.now()): SignIn {
  return { userId, id: kind === 'personal-token' ? kind : String(credentialId), endsAt };
}

/** Who asks, where each client gets a share: the account, else the address. */
export function clientKey({ state, ip }: Context): ClientKey {
  return state.viewer?.id ?? addressKey(ip);
}

/**
 * What the client sends along, unread.
 *
 * @param standing of whoever sends it, if it is known.
 * @throws TooLarge as soon as that is known; NotSignedIn, InvalidToken when they may not send it any more. @throws a 400 for a coding that is not ours to undo.
 */
export function uploadOf(
  ctx: Context,
  { definition: { maxBodyBytes } }: Upstream,
  standing: Standing | undefined,
): UploadBody | undefined {
  const { 'transfer-encoding': coding, 'content-length': length } = ctx.req.headers;
  if (coding === undefined && !(Number(length) > 0)) return undefined;
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') ctx.throw(400);
  if (Number(length) > maxBodyBytes) throw new TooLarge();
  return new UploadBody(
    ctx.req,
    maxBodyBytes,
    standing &&
      (async () => {
        if (!(await standing.holds())) throw hasBearerToken(ctx) ? new InvalidToken() : new NotSignedIn();
      }),
  );
}

import type { RouterContext } from '@koa/router';
import type { z } from 'zod';
import type { Actor } from '../services/actor.js';
import { UnsupportedMediaType } from '../services/errors.js';
import type { ApiErrorCode } from './http/request-errors.js';
import type { SignalSource } from '../services/cache/shared-signal.js';
import type { IncomingFile } from '../services/media/media-service.js';
import type { Viewer } from '../services/viewer.js';
import type { Messages } from '../views/locales/index.js';
import { jsonResponses, type CachedResult } from './http/json-response.js';
import { verifyCsrf } from './csrf/verify.js';
import { actorOf, requireSignedIn, viewerOf } from './http/auth.js';
import { disconnectSignal } from './http/disconnect-signal.js';
import { fromForm } from './http/form-fields.js';
import { filesOf, type FilesSpec } from './http/incoming-files.js';
import { messagesFor } from './locale.js';
import { revalidate } from './http/revalidate.js';
import { validate } from './http/validate.js';
import type { AppContext, AppState } from './state.js';

export type EndpointContext = RouterContext<AppState, AppContext>;

/** Who may call a route at all. What they may do there is for the service to say, by its policy. */
export type Access = 'anyone' | 'signed-in';

/** The contract of one route: enforced on every request, and what documents are made from. */
export interface EndpointSpec {
  summary: string;
  access: Access;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodObject;
  /** What it takes as multipart/form-data, instead of a body. Elsewhere such a body is refused. */
  files?: FilesSpec;
  response?: z.ZodType;
  /** Sent on success. Default: 200 with a `response`, 204 without. */
  status?: 200 | 201 | 202 | 204;
  /** Whether the client may cache the response and revalidate it by its ETag. */
  revalidates?: boolean;
  /** The type of an answer that is not JSON. */
  produces?: string;
  /** Codes of failures besides those that any route with such input may answer with. */
  errors?: readonly ApiErrorCode[];
  /** A body that the route accepts, for the documents; a test sends it. */
  example?: Readonly<Record<string, unknown>>;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

interface Input<S extends EndpointSpec> {
  params: Parsed<S['params']>;
  query: Parsed<S['query']>;
  body: Parsed<S['body']>;
  files: S['files'] extends FilesSpec ? AsyncIterable<IncomingFile> : undefined;
  /** For what is read; */
  viewer: S['access'] extends 'signed-in' ? Viewer : Viewer | undefined;
  /** for what is written, and wherever the rights of a token matter. */
  actor: S['access'] extends 'signed-in' ? Actor : Actor | undefined;
  ctx: EndpointContext;
  messages: Messages;
  /** Aborts when the client disconnects: for reads that may take long. */
  signal: SignalSource;
}
type Output<S extends EndpointSpec> = S['response'] extends z.ZodType ? z.input<S['response']> : void;

const specs = new WeakMap<object, EndpointSpec>();

/** The contract that a route's handler enforces, if it is one of ours. */
export const specOf = (handler: object): EndpointSpec | undefined => specs.get(handler);

/** Says what a handler does that answers by itself, for what JSON cannot be. */
export function documented<Handler extends (ctx: EndpointContext) => void | Promise<void>>(
  spec: EndpointSpec,
  handler: Handler,
): Handler {
  specs.set(handler, spec);
  return handler;
}

/**
 * The innermost layer: checks the caller, parses the request by `spec`, calls `handle`, and sends what it returns
 * through `spec.response`, which drops every field not declared there.
 *
 * @throws NotSignedIn, CsrfFailed before anything else about the request is looked at.
 * @throws ValidationFailed naming each bad field.
 */
export function endpoint<const S extends EndpointSpec>(
  spec: S,
  handle: (input: Input<S>) => Promise<Output<S> | CachedResult<Output<S>>>,
) {
  const jsonResponse = spec.response && jsonResponses(spec.response);

  async function endpointMiddleware(ctx: EndpointContext): Promise<void> {
    verifyCsrf(ctx, { isPublic: spec.access === 'anyone' });
    const auth = spec.access === 'signed-in' ? requireSignedIn(ctx.state.auth) : ctx.state.auth;
    const messages = messagesFor(ctx);
    const { body } = ctx.request as { body?: unknown };
    if (!spec.files && ctx.is('multipart')) throw new UnsupportedMediaType();
    const input = {
      params: spec.params && validate(spec.params, ctx.params, messages),
      query: spec.query && validate(spec.query, ctx.query, messages),
      body: spec.body && validate(spec.body, ctx.is('urlencoded') ? fromForm(spec.body, body) : body, messages),
      files: spec.files && filesOf(ctx, spec.files, messages),
      viewer: viewerOf(auth),
      actor: actorOf(auth),
      ctx,
      messages,
      signal: () => disconnectSignal(ctx.res),
    } as Input<S>;

    const result = await handle(input);
    if (ctx.state.csrf?.kind === 'form' && ctx.accepts('json', 'html') === 'html') {
      ctx.redirect('/'); // a form of a page without scripts: show a page again, by GET
      ctx.status = 303;
      return;
    }
    ctx.status = spec.status ?? (spec.response ? 200 : 204);
    if (!jsonResponse) return;
    const { body: json, hash } = jsonResponse(result);
    ctx.type = 'json';
    ctx.body = json;
    if (spec.revalidates) revalidate(ctx, hash);
  }
  specs.set(endpointMiddleware, spec);
  return endpointMiddleware;
}

import { createHash } from 'node:crypto';
import { Router } from '@koa/router';
import { documented, type EndpointContext } from '../../middlewares/endpoint.js';
import { allowPage } from '../../middlewares/security-headers.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Locale } from '../../views/locales/index.js';

/** What this API is, to programs and to people. */
export interface ApiDocs {
  /** The OpenAPI document, as JSON. */
  document: string;
  page: (locals: DocsLocals) => string;
}
export interface DocsLocals {
  locale: Locale;
  nonce: string;
  /** Where the API answers, as https://example.com */
  origin: string;
}

/** @param docs is asked with each request: it is made from the router that these routes are part of. */
export function docsRoutes({ docs }: { docs: () => ApiDocs }) {
  const router = new Router<AppState, AppContext>({ sensitive: true });
  let etag: string | undefined;

  router.get(
    '/openapi.json',
    documented(
      { summary: 'The OpenAPI document', access: 'anyone', produces: 'application/json' },
      function openapiHandler(ctx: EndpointContext) {
        const { document } = docs();
        ctx.set('Cache-Control', 'no-cache');
        etag ??= `W/"${createHash('sha256').update(document).digest('base64url').slice(0, 16)}"`;
        ctx.set('ETag', etag);
        // Not by `ctx.fresh`, to which a program is never fresh: fetch sends `no-cache` beside its own condition.
        if (ctx.get('If-None-Match').includes(etag)) {
          ctx.status = 304;
          return;
        }
        ctx.type = 'json';
        ctx.body = document;
      },
    ),
  );

  router.get(
    '/docs',
    documented(
      { summary: 'This documentation as a web page', access: 'anyone', produces: 'text/html' },
      function docsHandler(ctx: EndpointContext) {
        ctx.type = 'html';
        ctx.body = docs().page({
          locale: ctx.state.locale ?? 'en',
          nonce: allowPage(ctx),
          origin: ctx.state.origin ?? '',
        });
      },
    ),
  );

  return router;
}

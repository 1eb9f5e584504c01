import type { Registry } from 'prom-client';
import type { Context, Middleware } from '../../middlewares/state.js';
import { NotFound, NotSignedIn, Unavailable } from '../../services/errors.js';
import { sameSecret } from '../../services/same-secret.js';

interface Options {
  /** Whether requests should be sent here. @throws when the database does not answer. */
  ready: () => Promise<boolean>;
  /** Whether writes are refused because the disk is full. */
  readOnly: () => boolean;
  /** Shown at `/metrics` to callers with `metricsToken` as a bearer token; without a token configured, to no one. */
  registry: Registry;
  metricsToken: string | undefined;
}

/** What load balancers and monitors ask; answered without a session, and while everything else is refused. */
export function probes({ ready, readOnly, registry, metricsToken }: Options): Middleware {
  const alive = (ctx: Context) => {
    ctx.body = { status: 'OK', timestamp: new Date().toISOString(), uptime: process.uptime() };
  };
  const hidden = () => {
    throw new NotFound();
  };
  const answers = new Map<string, (ctx: Context) => void | Promise<void>>([
    ['/health', alive],
    ['/livez', alive],
    ['/metrics', hidden],
    [
      '/readyz',
      async (ctx) => {
        const isReady = await ready().catch((cause: unknown) => {
          throw new Unavailable('the database does not answer', { cause });
        });
        if (!isReady) throw new Unavailable('starting or stopping');
        alive(ctx);
        if (readOnly()) Object.assign(ctx.body as object, { status: 'READ_ONLY', reason: 'the disk is full' });
      },
    ],
  ]);
  if (metricsToken !== undefined) {
    answers.set('/metrics', async (ctx) => {
      if (!sameSecret(ctx.get('Authorization'), `Bearer ${metricsToken}`)) throw new NotSignedIn();
      ctx.type = registry.contentType;
      ctx.body = await registry.metrics();
    });
  }

  return async function probesMiddleware(ctx, next) {
    const answer = answers.get(ctx.path);
    if (!answer) return next();
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return answer(ctx);
    ctx.set('Allow', 'GET, HEAD');
    ctx.status = 405;
  };
}

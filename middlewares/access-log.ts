import koaLogger from 'koa-logger';
import { viewerOf } from './http/auth.js';
import type { Context, Logger, Middleware } from './state.js';

/** One line a request: koa-logger's colored one for people at a terminal, JSON for machines. */
export function accessLog({ log, format }: { log: Logger; format: 'pretty' | 'json' }): Middleware {
  return format === 'pretty' ? terminalAccessLog() : jsonAccessLog(log);
}

function jsonAccessLog(log: Logger): Middleware {
  return async function accessLogMiddleware(ctx, next) {
    const startedAt = performance.now();
    const { socket } = ctx.req;
    const bytesBefore = socket.bytesWritten;
    // Only once the connection is done with the answer are its duration and size known.
    ctx.res.once('close', () => {
      log.info(
        {
          requestId: ctx.state.requestId,
          userId: viewerOf(ctx.state.auth)?.id,
          method: ctx.method,
          route: routeOf(ctx),
          status: ctx.res.statusCode,
          ms: Math.round((performance.now() - startedAt) * 100) / 100,
          bytes: socket.bytesWritten - bytesBefore,
          aborted: ctx.res.writableFinished || ctx.status === 101 ? undefined : true,
        },
        'request',
      );
    });
    await next();
  };
}

/**
 * koa-logger prints whole addresses; what follows the `?` may be a secret. The files of a page, which are hundreds
 * in development, would bury the lines that people look for, such as the setup link.
 */
function terminalAccessLog(): Middleware {
  return koaLogger({
    transporter(line, [, , url, status = 200]) {
      if (url.startsWith('/assets/') && status < 400) return;
      process.stdout.write(`${line.replace(url, () => withoutQuery(url))}\n`);
    },
  }) as Middleware;
}

function withoutQuery(url: string): string {
  const [path = '', query] = url.split('?', 2);
  return query === undefined ? path : `${path}?…`;
}

/** The pattern, never the path: it names the code that ran and holds nothing personal. */
export function routeOf(ctx: Context): string {
  return (ctx as { _matchedRoute?: string })._matchedRoute ?? 'unrouted';
}

import Koa from 'koa';
import { relayedToken } from './relayed-token.js';

/**
 * What the services of the demonstration have in common: `/health` for all, everything else for callers with a token
 * that was relayed to them. `PORT`, `JWKS_URL` and `ISSUER` come from the environment.
 *
 * @param {string} audience its name among the upstreams
 * @param {(ctx: import('koa').Context) => void | Promise<void>} answer
 * @param {() => boolean} isWell
 */
export function startService(audience, answer, isWell = () => true) {
  const { PORT = '0', JWKS_URL, ISSUER = 'allium' } = process.env;
  if (!JWKS_URL) throw new Error('JWKS_URL is needed: where Allium publishes its keys');
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    if (!isWell()) ctx.throw(503);
    if (ctx.path !== '/health') return next();
    ctx.body = { status: 'OK' };
  });
  app.use(relayedToken({ jwksUrl: JWKS_URL, audience, issuer: ISSUER }));
  app.use(answer);
  const server = app.listen(Number(PORT), '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
  });
  process.on('disconnect', () => process.exit()); // its parent process has ended
}

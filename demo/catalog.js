/** One instance of a service that lends books. It says who it is, and for whom it has answered. */
import { startService } from './service.js';

const instance = process.env['INSTANCE'] ?? 'catalog';
const REST_MS = 20_000;
let restsUntil = 0;

const items = [
  { id: 1, title: 'The Onion Field', copies: 2 },
  { id: 2, title: 'Layers of the City', copies: 1 },
  { id: 3, title: '葱茏', copies: 3 },
];

startService('catalog', answer, () => Date.now() >= restsUntil);

function answer(ctx) {
  const signedInAs = ctx.state.user.sub;
  const [, id] = /^\/items\/(\d+)$/.exec(ctx.path) ?? [];
  if (ctx.method === 'POST' && ctx.path === '/rest') {
    restsUntil = Date.now() + REST_MS;
    ctx.body = { instance, restsForSeconds: REST_MS / 1_000 };
  } else if (ctx.path === '/items') {
    ctx.body = { instance, signedInAs, items };
  } else if (id !== undefined) {
    const item = items.find((candidate) => candidate.id === Number(id));
    ctx.assert(item, 404);
    ctx.body = { instance, signedInAs, item };
  }
}

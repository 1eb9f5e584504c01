import { afterAll, beforeAll, expect, it } from 'vitest';
import { routesOf, type Route } from './route-table.js';
import { startTestApp, type TestApp } from './start-test-app.js';
import { validBody } from './valid-body.js';

let app: TestApp;
let routes: Route[];
beforeAll(async () => {
  app = await startTestApp();
  routes = routesOf(app.services).filter(({ spec }) => spec?.body);
});
afterAll(() => app.stop());

it('every route accepts the body that is made from its contract', () => {
  expect(routes.length).toBeGreaterThan(10);
  const refused = routes.flatMap(({ method, path, spec }) => {
    const body = spec ? validBody(spec) : {};
    const problems = spec?.body?.safeParse(body).error?.issues ?? [];
    return problems.map((problem) => `${method} ${path} ${problem.path.join('.')}: ${JSON.stringify(body)}`);
  });

  expect(refused, 'give these fields a meta({ example })').toEqual([]);
});

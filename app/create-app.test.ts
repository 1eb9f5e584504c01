import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMetrics } from '../middlewares/metrics.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { loadConfig } from './config.js';
import { createOnion } from './create-app.js';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.stop());

it('keeps the onion in its order', () => {
  const onion = createOnion({
    config: loadConfig({ DATA_DIR: app.dataDir }, { terminal: false, managed: false }),
    services: app.services,
    sessionKeys: ['k'.repeat(32)],
    ready: () => Promise.resolve(true),
    readOnly: () => false,
    isBehind: () => false,
    log: pino({ level: 'silent' }),
    figures: createMetrics(app.services.gateway),
  });

  expect(Object.keys(onion)).toEqual([
    'requestContext',
    'accessLog',
    'metrics',
    'compress',
    'proxyResponse',
    'errors',
    'securityHeaders',
    'requestLimits',
    'probes',
    'host',
    'cors',
    'publicKeys',
    'assets',
    'uploads',
    'overload',
    'rateLimit',
    'siteFiles',
    'deviceCookie',
    'session',
    'csrf',
    'authenticate',
    'writeLimit',
    'locale',
    'gateway',
    'body',
    'routes',
    'methods',
    'pages',
  ]);
});

it('registers, shows and signs out a person', async () => {
  const ada = await app.member('ada');

  expect((await ada.get('/api/auth/me')).json()).toMatchObject({ user: { id: ada.id, username: 'ada' } });
  expect((await ada.post('/api/auth/logout')).status).toBe(200);
  expect((await ada.get('/api/auth/me')).status).toBe(401);
});

it('keeps accounts and sessions over a restart', async () => {
  const { dataDir } = app;
  const ada = await app.member('ada');
  const second = await startTestApp({ DATA_DIR: dataDir });
  const adaThere = second.browser();
  for (const [name, value] of ada.cookies) adaThere.cookies.set(name, value);

  expect((await adaThere.get('/api/auth/me')).json()).toMatchObject({ user: { username: 'ada' } });
  await second.stop();
});

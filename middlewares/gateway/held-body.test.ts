import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CREDENTIALS, SESSION_KEY, type Credential } from '../../tests/support/credentials.js';
import { send } from '../../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let dir: string;
let upstream: UpstreamProcess;
let app: TestApp;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-gateway-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  writeUpstreams(file, { user: { instances: [upstream.url], allow: EVERYTHING, token: 'user' } });
  app = await startTestApp({ UPSTREAMS_FILE: file, SESSION_KEYS: SESSION_KEY });
  await app.admin();
});
afterAll(async () => {
  await app.stop();
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

/** Longer than one access check is good for. */
const HELD_MS = 150;

/** Sends all of a body but its last byte through the gateway, does something, and sends the byte. */
async function held(credential: Credential, userId: number, meanwhile: () => Promise<unknown>): Promise<string> {
  const headers = { ...(await CREDENTIALS[credential](app, userId)), Connection: 'close', 'Content-Length': 100 };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { host } = new URL(app.url);
  const { received } = await upstream.figures();
  const sending = await send(
    app.url,
    `POST /gw/user/echo HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}\r\n${'x'.repeat(99)}`,
  );
  await until('the upstream to have the rest', async () => (await upstream.figures()).received === received + 99);
  const arrivedAt = performance.now();
  await until('some time', () => performance.now() - arrivedAt > HELD_MS);
  await meanwhile();
  sending.write('x');
  return sending.answer;
}

it.each(['session', 'access token', 'personal token'] as const)(
  'the upstream never receives the end of a body that was held back until a deactivation, by %s',
  async (credential) => {
    const admin = await app.admin();
    const { id } = await app.member(`held${credential.length}`);
    const { received } = await upstream.figures();

    const answer = await held(credential, id, () => admin.patch(`/api/users/${id}`, { isActive: false }));

    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain(credential === 'session' ? '"not_signed_in"' : '"invalid_token"');
    expect((await upstream.figures()).received).toBe(received + 99);
  },
);

it('a late body arrives complete while its client is signed in', async () => {
  const { id } = await app.member('slow');
  const answer = await held('session', id, () => Promise.resolve());

  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain('"bytes":100');
});

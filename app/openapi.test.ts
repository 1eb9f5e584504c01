import { Validator } from '@seriousme/openapi-schema-validator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../tests/support/client.js';
import { routesOf } from '../tests/support/route-table.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import type { JsonSchema } from './openapi-schemas.js';
import type { OpenApi, Operation } from './openapi-types.js';

let app: TestApp;
let api: OpenApi;
beforeAll(async () => {
  app = await startTestApp({ RATE_LIMIT_PER_MINUTE: '100000' });
  api = (await app.program().get('/api/openapi.json')).json<OpenApi>();
});
afterAll(() => app.stop());

interface Call {
  method: string;
  path: string;
  operation: Operation;
}
const calls = (): Call[] =>
  Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

describe('GET /api/openapi.json', () => {
  it('is a valid OpenAPI document', async () => {
    const result = await new Validator().validate(structuredClone({ ...api }));

    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  it('describes every route, with a name of its own', () => {
    const routes = routesOf(app.services).map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);

    expect(
      calls()
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual(routes.map((route) => route.replace(/\/$/, '')).toSorted());
    expect(new Set(calls().map(({ operation }) => operation.operationId)).size).toBe(calls().length);
  });

  it('refers only to components that it contains', () => {
    const text = JSON.stringify(api);
    const named = { ...api.components.schemas, ...api.components.responses };
    const missing = [...text.matchAll(/"#\/components\/\w+\/([^"]+)"/g)].filter(([, name = '']) => !(name in named));

    expect(missing).toEqual([]);
    expect(text).not.toContain('#/$defs');
  });

  it('says what kind every field and parameter is of', () => {
    const untyped = Object.entries(api.components.schemas).flatMap(([name, schema]) =>
      Object.entries(schema.properties ?? {})
        .filter(([, field]) => Object.keys(field).every((key) => key === 'description'))
        .map(([field]) => `${name}.${field}`),
    );
    const parameters = calls().flatMap(({ operation }) => operation.parameters ?? []);

    expect(untyped).toEqual([]);
    expect(parameters.filter(({ schema }) => !schema.type && !schema.enum)).toEqual([]);
  });

  it('has an example for every body that is JSON', () => {
    const without = calls().filter(
      ({ operation }) =>
        operation.requestBody?.content['application/json'] &&
        !operation.requestBody.content['application/json'].example,
    );

    expect(without.map(({ operation }) => operation.operationId)).toEqual([]);
  });

  it('is returned from memory, and answers 304 to a client that has it', async () => {
    const first = await app.program().get('/api/openapi.json');
    const again = await app.program().get('/api/openapi.json', { 'If-None-Match': first.headers.get('ETag') ?? '' });

    expect(first.headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(again.status).toBe(304);
  });
});

describe('each example', () => {
  it('is answered as the document says', async () => {
    const [setup, register, ...others] = inOrder();
    if (!setup || !register) throw new Error('there is no way to sign in');
    await expectDocumented(app.browser(), setup, { token: app.services.setup.token });
    await expectDocumented(app.program(), register);
    await app.database.sequelize.query("UPDATE users SET role = 'admin'");
    const makers = others.filter(isMaker).toSorted((one, other) => one.path.length - other.path.length);
    // So that there is something under the ids of the examples.
    for (const call of makers) await expectDocumented(await ada(), call);
    for (const call of others.filter((other) => !isMaker(other))) await expectDocumented(await clientFor(call), call);
  });

  /** What is made comes before what shows it, and that before what takes it away. */
  function inOrder(): Call[] {
    const first = ['/api/setup', '/api/auth/register'];
    const last = ['/api/auth/logout', '/api/auth/password'];
    const rank = ({ method, path }: Call): number => {
      if (first.includes(path)) return first.indexOf(path) - 10;
      if (last.includes(path)) return 10 + last.indexOf(path);
      if (path.includes('/revisions/')) return 3.5; // an edit makes them
      return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].indexOf(method);
    };
    return calls().toSorted((one, other) => rank(one) - rank(other) || other.path.length - one.path.length);
  }

  async function ada(): Promise<Client> {
    const signedIn = await app.program().post('/api/auth/login', loginExample());
    return app.program({ Authorization: `Bearer ${signedIn.json<{ token: string }>().token}` });
  }

  /** Signed in as Ada, with what the examples of this path refer to. */
  async function clientFor({ method, path }: Call): Promise<Client> {
    if (method === 'DELETE' && path === '/api/auth/me') return leaving();
    const client = await ada();
    if (path.startsWith('/api/auth/export/')) return withArchive(client);
    const someId = async (list: string) =>
      Object.values((await client.get(list)).json<Record<string, { id: number }[]>>())[0]?.[0]?.id;
    const list = path.replace('/{id}', '');
    if (path === '/api/auth/refresh') return withRefreshToken();
    if (list === path || !['/api/auth/sessions', '/api/auth/tokens'].includes(list)) return client;
    const real = `${list}/${await someId(list)}`;
    return { ...client, request: (method, _path, init) => client.request(method, real, init) };
  }

  async function withArchive(client: Client): Promise<Client> {
    const { job } = (await client.get('/api/auth/export')).json<{ job: { id: number } }>();
    await app.services.exports.idle();
    return { ...client, request: (method, path) => client.request(method, path.replace(/\/\d+/, `/${job.id}`)) };
  }

  /** Ada is still needed. */
  async function leaving(): Promise<Client> {
    const account = { username: 'leaving', email: 'leaving@example.com', password: 'a long pass phrase' };
    const { token } = (await app.program().post('/api/auth/register', account)).json<{ token: string }>();
    return app.program({ Authorization: `Bearer ${token}` });
  }

  async function withRefreshToken(): Promise<Client> {
    const client = app.program();
    const { refreshToken } = (await client.post('/api/auth/login', loginExample())).json();
    return { ...client, request: (method, path) => client.request(method, path, { body: { refreshToken } }) };
  }

  function loginExample(): unknown {
    const { operation } = calls().find(({ path }) => path === '/api/auth/login') ?? {};
    return operation?.requestBody?.content['application/json']?.example;
  }

  function isMaker({ method, path }: Call): boolean {
    return method === 'POST' && !/auth|setup|users|revisions/.test(path);
  }

  async function expectDocumented(client: Client, call: Call, corrections: object = {}): Promise<void> {
    const { method, path, operation } = call;
    const [status = ''] = Object.keys(operation.responses);
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(parameter(operation, name)));
    const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    const sent = type === undefined ? {} : await bodyOf(type, media, corrections);
    const answer = await client.request(method, address, sent);
    const [success] = Object.values(operation.responses);
    const content = success && 'content' in success ? Object.keys(success.content ?? {}) : [];

    expect(String(answer.status), `${method} ${address} ${answer.text}`).toBe(status);
    expect(answer.headers.get('Content-Type')?.replace(/;.*/, '')).toBe(content[0]);
  }

  function parameter({ parameters = [] }: Operation, name: string): unknown {
    return parameters.find((one) => one.name === name)?.example;
  }
});

type Media = { schema: JsonSchema; example?: unknown } | undefined;

async function bodyOf(type: string, media: Media, corrections: object) {
  if (type === 'application/json') return { body: { ...(media?.example as object), ...corrections } };
  const form = new FormData();
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'purple' } })
    .png()
    .toBuffer();
  for (const name of Object.keys(media?.schema.properties ?? {}))
    form.append(name, new Blob([picture], { type: 'image/png' }), 'onion.png');
  const encoded = new Response(form);
  return {
    body: new Uint8Array(await encoded.arrayBuffer()),
    headers: { 'Content-Type': encoded.headers.get('Content-Type') ?? '' },
  };
}

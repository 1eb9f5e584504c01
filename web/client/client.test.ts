import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { ApiError, NetworkError, SessionEndedError, ValidationError } from './errors.js';
import type { ClientOptions, Endpoint, Method } from './types.js';

type AnyEndpoints = Record<`${Method} ${string}`, Endpoint>;

const failure = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json({ error: 'In words.', code, requestId: 'r1' }, { status, headers });

/** A client whose server gives these responses in turn, and the requests that it has sent. */
function clientWith(responses: (Response | Error)[], options: ClientOptions<AnyEndpoints> = {}) {
  const sent: { address: string; init: RequestInit }[] = [];
  const answer = async (address: string, init: RequestInit) => {
    sent.push({ address, init });
    const response = responses.shift() ?? new Error('one request too many');
    if (response instanceof Error) throw response;
    return response;
  };
  return { ...createClient<AnyEndpoints>({ fetch: answer as typeof fetch, ...options }), sent };
}

describe('a request', () => {
  it('fills the path and the query, encoded, and leaves out what is undefined', async () => {
    const { request, sent } = clientWith([Response.json({ ok: true })]);

    await request('GET /api/posts/slug/{slug}', { params: { slug: 'a/b $& c' }, query: { q: 'x y', page: undefined } });

    expect(sent[0]?.address).toBe('/api/posts/slug/a%2Fb%20%24%26%20c?q=x+y');
  });

  it('has the CSRF header where it changes something, a body as JSON, and the token', async () => {
    const { request, sent } = clientWith([new Response(null, { status: 204 })], { token: () => 'secret' });

    expect(await request('PATCH /api/users/{id}', { params: { id: 1 }, body: { name: 'Ada' } })).toBeNull();

    expect(sent[0]?.init).toMatchObject({
      method: 'PATCH',
      body: '{"name":"Ada"}',
      headers: { 'X-CSRF': '1', 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
    });
  });
});

describe('a failure', () => {
  it('has everything that the response says', async () => {
    const { request } = clientWith([failure(409, 'email_taken')]);

    await expect(request('POST /api/auth/register')).rejects.toMatchObject({
      constructor: ApiError,
      status: 409,
      code: 'email_taken',
      message: 'In words.',
      requestId: 'r1',
      retryAfterSeconds: null,
    });
  });

  it('is a ValidationError with the fields that are not valid', async () => {
    const details = [{ path: 'email', message: 'Not an address.' }];
    const body = { error: 'Check the fields.', code: 'validation_failed', details };
    const { request } = clientWith([Response.json(body, { status: 400 })]);

    const error: unknown = await request('POST /api/auth/register').catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ details });
  });

  it('is a NetworkError when no response came', async () => {
    const { request } = clientWith([new TypeError('fetch failed')]);

    await expect(request('GET /api/posts')).rejects.toBeInstanceOf(NetworkError);
  });

  it('is the reason of the signal when that has aborted', async () => {
    const { request } = clientWith([new TypeError('aborted')]);

    await expect(request('GET /api/posts', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });

  it('is named bad_answer when the response is not JSON', async () => {
    const { request } = clientWith([new Response('<html>')]);

    await expect(request('GET /api/posts')).rejects.toMatchObject({ status: 200, code: 'bad_answer' });
  });
});

describe('a lost session', () => {
  it('is started again once for all requests that failed meanwhile, which are then sent again', async () => {
    const responses = [
      failure(401, 'token_expired'),
      failure(401, 'token_expired'),
      Response.json({ token: 'new' }),
      Response.json('first'),
      Response.json('second'),
    ];
    let token = 'old';
    let renewals = 0;
    const { request, sent } = clientWith(responses, {
      token: () => token,
      async onSessionEnd({ request: renew }) {
        renewals += 1;
        token = ((await renew('POST /api/auth/refresh')) as { token: string }).token;
        return true;
      },
    });

    expect(await Promise.all([request('POST /api/posts'), request('GET /api/posts')])).toEqual(['first', 'second']);
    expect(renewals).toBe(1);
    expect(sent.at(-1)?.init.headers).toMatchObject({ Authorization: 'Bearer new' });
  });

  it('is reported when it is not started again, and no request is sent again', async () => {
    const { request, sent } = clientWith([failure(401, 'not_signed_in')], { onSessionEnd: () => undefined });

    await expect(request('GET /api/auth/me')).rejects.toBeInstanceOf(SessionEndedError);
    expect(sent).toHaveLength(1);
  });

  it('is not what a wrong password is', async () => {
    const { request } = clientWith([failure(401, 'invalid_credentials')], {
      onSessionEnd: () => {
        throw new Error('called');
      },
    });

    await expect(request('POST /api/auth/login')).rejects.toMatchObject({ code: 'invalid_credentials' });
  });
});

describe('Retry-After', () => {
  const soon = { 'Retry-After': '0.01' };

  it.each([429, 503])('is waited for after %d to a safe request', async (status) => {
    const { request, sent } = clientWith([failure(status, 'busy', soon), Response.json('done')]);

    expect(await request('GET /api/posts')).toBe('done');
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['an unsafe request', 'POST /api/posts', soon],
    ['a response that does not say how long', 'GET /api/posts', {}],
    ['a time longer than the limit', 'GET /api/posts', { 'Retry-After': '3600' }],
  ] as const)('is not waited for with %s', async (_, endpoint, headers) => {
    const { request, sent } = clientWith([failure(503, 'unavailable', headers)]);

    await expect(request(endpoint)).rejects.toMatchObject({ status: 503 });
    expect(sent).toHaveLength(1);
  });

  it('is waited for twice at most', async () => {
    const { request, sent } = clientWith([1, 2, 3].map(() => failure(503, 'unavailable', soon)));

    await expect(request('GET /api/posts')).rejects.toMatchObject({ status: 503 });
    expect(sent).toHaveLength(3);
  });

  it('ends at once when the signal aborts', async () => {
    const { request } = clientWith([failure(503, 'unavailable', { 'Retry-After': '20' })]);
    const abort = new AbortController();
    const answer = request('GET /api/posts', { signal: abort.signal });
    setTimeout(() => abort.abort('enough'), 1);

    await expect(answer).rejects.toBe('enough');
  });
});

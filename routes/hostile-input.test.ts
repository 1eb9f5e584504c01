import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Answer, Client } from '../tests/support/client.js';
import { writePost } from '../tests/support/posts.js';
import { pathWith, routesOf, type Route } from '../tests/support/route-table.js';
import { allRows } from '../tests/support/rows.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { isTextList, validBody as validBodyOf } from '../tests/support/valid-body.js';

/** Every route refuses hostile input in the contract's form: never a 500, and nothing is written. */
let app: TestApp;
let admin: Client;
let before: Awaited<ReturnType<typeof allRows>>;
let fieldNames: ReadonlySet<string>;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  // What the addresses with a 1 in them name.
  const post = await writePost(admin, { title: '1' });
  await admin.patch(`/api/posts/${post.id}`, { content: 'Its second version' });
  await admin.post(`/api/posts/${post.id}/comments`, { content: 'Valid' });
  before = await allRows(app.database);
  fieldNames = new Set(withBody().flatMap(fieldsOf));
});
afterAll(() => app.stop());

const RUNS = { numRuns: 40 };
const HUGE = '9'.repeat(400);

const NUL = fc.tuple(fc.string(), fc.string()).map(([left, right]) => `${left}\u0000${right}`);
const SURROGATE = fc
  .tuple(fc.string(), fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff'), fc.constantFrom('', 'x', ' '))
  .map((parts) => parts.join(''));
const CONTROL = fc
  .constantFrom('\u0001', '\u0007', '\u001b[31m', '\u007f', '\u0085', '\u009b')
  .map((char) => `a${char}b`);

/** Texts that no field may hold. */
const badText = fc.oneof(NUL, SURROGATE, CONTROL, fc.constant('x'.repeat(60_000)));
/** Any JSON but the keys that are refused before any field is looked at. */
const harmlessJson = () => fc.jsonValue().filter((value) => !/"(?:__proto__|constructor)"/.test(JSON.stringify(value)));

/** Values that no field accepts, whatever its type. */
const badValue = fc.oneof(
  badText,
  fc.constantFrom(-1, -1.5, 1e308, 0.1, Number.MAX_SAFE_INTEGER + 2, Number.MIN_VALUE),
  fc.array(harmlessJson(), { maxLength: 3 }),
  fc.dictionary(fc.string({ minLength: 1 }).filter(isPlainKey), harmlessJson(), { minKeys: 1, maxKeys: 3 }),
);
const badId = fc.oneof(
  fc.constantFrom(
    '1e3',
    '-1',
    '0',
    '0x1',
    '9007199254740993',
    '1.0',
    '01',
    '%00',
    '%ff',
    '1%00',
    '%ed%a0%80',
    '%20',
    HUGE,
  ),
  fc.constantFrom(
    '%',
    '%zz',
    '%2e%2e',
    '%2f',
    '..%2f1',
    '1%2f2',
    '%u0031',
    '١',
    '１',
    'NaN',
    'Infinity',
    'null',
    '__proto__',
  ),
  fc
    .string({ unit: 'binary', minLength: 1 })
    .filter((text) => text.isWellFormed() && !/^\d+$/.test(text) && !/^[./\\]+$/.test(text))
    .map(encodeURIComponent),
);
const contentTypes = fc.constantFrom(
  'text/plain',
  'text/html',
  'application/xml',
  'application/octet-stream',
  'application/vnd.api+json',
  'multipart/form-data; boundary=x',
  'image/svg+xml',
  'json',
  ';',
  'application/json,application/json',
);

const routes = (): Route[] => routesOf(app.services);
const withBody = () => routes().filter(({ spec }) => spec?.body);
const fieldsOf = ({ spec }: Route) => Object.keys(spec?.body?.shape ?? {});
/** Fields whose text is stored; passwords and tokens are only compared, and may be any text. */
const storedFieldsOf = (route: Route) => fieldsOf(route).filter((name) => !COMPARED.has(name));
const COMPARED = new Set(['password', 'current', 'token', 'refreshToken']);
/** Of a change, no field at all is a change of nothing. */
const needsFields = ({ spec }: Route) => !spec?.body?.safeParse({}).success;
const validBody = ({ spec }: Route) => validBodyOf(spec ?? {});
const isList = ({ spec }: Route, field: string) => isTextList(spec ?? {}, field);
const send = (route: Route, body: unknown, headers: Record<string, string> = {}, id: string | number = 1) =>
  admin.request(route.method, pathWith(route.path, id), { headers, ...(body !== undefined && { body }) });

/** The contract's form of a refusal. */
function expectRefusal(answer: Answer, ...codes: string[]): void {
  expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
  expect(answer.status, answer.text).toBeLessThan(500);
  const failure = answer.json<{ error: string; code: string; requestId: string; details?: object[] }>();
  expect(failure).toMatchObject({ error: expect.stringMatching(/./), code: expect.stringMatching(/^[a-z_]+$/) });
  expect(failure.requestId).toBe(answer.headers.get('X-Request-Id'));
  expect(codes).toContain(failure.code);
  if (failure.code !== 'validation_failed') return;
  expect(failure.details?.length).toBeGreaterThan(0);
  for (const detail of failure.details ?? []) {
    expect(detail).toEqual({ path: expect.any(String), message: expect.stringMatching(/./) });
  }
}

async function expectNothingWritten(): Promise<void> {
  expect(await allRows(app.database)).toEqual(before);
}

/** Tries the property on every route, and looks afterwards that nothing was written. */
async function onEvery<Value>(
  table: Route[],
  values: (route: Route) => fc.Arbitrary<Value>,
  check: (route: Route, value: Value) => Promise<void>,
): Promise<void> {
  expect(table.length).toBeGreaterThan(0);
  for (const route of table) {
    await fc.assert(
      fc.asyncProperty(values(route), (value) => check(route, value)),
      RUNS,
    );
  }
  await expectNothingWritten();
}

describe('a body', () => {
  it('with one invalid field is refused by the name of that field', async () => {
    await onEvery(
      withBody(),
      (route) => fc.record({ field: fc.constantFrom(...fieldsOf(route)), value: badValue }),
      async (route, { field, value }) => {
        fc.pre(!(isList(route, field) && Array.isArray(value)));
        const answer = await send(route, { ...validBody(route), [field]: value });

        const compared = typeof value === 'string' && COMPARED.has(field);
        expectRefusal(answer, 'validation_failed', ...(compared ? ['invalid_credentials', 'forbidden'] : []));
        const { code, details = [] } = answer.json<{ code: string; details?: { path: string }[] }>();
        const named = details.map(({ path }) => path.split('.')[0]);
        expect(code === 'validation_failed' ? named : [field]).toContain(field);
      },
    );
  });

  it('with an unknown field is refused by the name of that field', async () => {
    await onEvery(
      withBody(),
      () => fc.record({ field: fc.string({ minLength: 1 }).filter(isPlainKey), value: harmlessJson() }),
      async (route, { field, value }) => {
        const answer = await send(route, { ...validBody(route), [field]: value });

        expectRefusal(answer, 'validation_failed');
        expect(answer.json()).toMatchObject({ details: [{ path: field }] });
      },
    );
  });

  it('that is not an object is refused', async () => {
    await onEvery(
      withBody(),
      () => fc.oneof(fc.array(harmlessJson()), fc.string(), fc.double(), fc.boolean(), fc.constant(null)),
      async (route, value) => {
        const answer = await send(route, JSON.stringify(value), { 'Content-Type': 'application/json' });

        expectRefusal(answer, 'validation_failed', 'malformed_body');
      },
    );
  });

  it('that is not JSON is refused', async () => {
    await onEvery(
      withBody(),
      (route) => malformedFrom(JSON.stringify(validBody(route))),
      async (route, text) => {
        expectRefusal(await send(route, text, { 'Content-Type': 'application/json' }), 'malformed_body');
      },
    );
  });

  it('with a duplicate key is refused, however it is escaped and however deep it is nested', async () => {
    await onEvery(
      withBody(),
      (route) => fc.record({ field: fc.constantFrom(...fieldsOf(route)), escaped: fc.boolean(), deep: fc.boolean() }),
      async (route, { field, escaped, deep }) => {
        const code = field.charCodeAt(0).toString(16).padStart(4, '0');
        const again = escaped ? `\\u${code}${field.slice(1)}` : field;
        const twice = `{"${field}":"a","${again}":"b"}`;
        const rest = JSON.stringify(validBody(route)).slice(1);
        const text = deep ? `{"profile":${twice},${rest}` : `{"${again}":null,${rest}`;

        expectRefusal(await send(route, text, { 'Content-Type': 'application/json' }), 'malformed_body');
      },
    );
  });

  it('with lone surrogates as escapes or numbers beyond all bounds is refused', async () => {
    await onEvery(
      withBody().filter((route) => storedFieldsOf(route).length > 0),
      (route) =>
        fc.record({
          field: fc.constantFrom(...storedFieldsOf(route)),
          text: fc.constantFrom('"\\ud800"', '"a\\udfffb"', '"\\u0000"', '1e999', `-${HUGE}`, '1E400', '-0.1'),
        }),
      async (route, { field, text }) => {
        const fields = Object.entries(validBody(route)).filter(([name]) => name !== field);
        const parts = fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
        const body = `{${[...parts, `"${field}":${text}`].join()}}`;

        expectRefusal(await send(route, body, { 'Content-Type': 'application/json' }), 'validation_failed');
      },
    );
  });

  it('of a kind that is not accepted is refused', async () => {
    await onEvery(
      withBody(),
      () => contentTypes,
      async (route, type) => {
        const answer = await send(route, JSON.stringify(validBody(route)), { 'Content-Type': type });

        expectRefusal(answer, 'unsupported_media_type');
        expect(answer.status).toBe(415);
      },
    );
  });

  it('as a form with bytes, brackets and doubled fields is refused', async () => {
    await onEvery(
      withBody(),
      (route) => {
        const field = fc.constantFrom(...fieldsOf(route));
        const single = fc.constantFrom(...fieldsOf(route).filter((name) => !isList(route, name)));
        return fc.oneof(
          fc.tuple(field, fc.constantFrom('%00', 'a%00b', '%01')).map(([name, text]) => `${name}=${text}`),
          field.map((name) => `${name}[]=1&${name}[x]=2`),
          single.map((name) => `${name}=1&${name}=2`),
          fc.constantFrom(
            'a[b][c][d][e][f][g][h]=1',
            '__proto__[x]=1&y=1',
            'constructor[prototype][x]=1&y=1',
            ...(needsFields(route) ? ['=', '&&&'] : []),

            '%=%',
          ),
        );
      },
      async (route, body) => {
        const answer = await send(route, body, { 'Content-Type': 'application/x-www-form-urlencoded' });

        expectRefusal(answer, 'validation_failed', 'invalid_credentials', 'forbidden');
      },
    );
  });

  it('of one megabyte is refused', async () => {
    for (const route of withBody()) {
      const answer = await send(route, { ...validBody(route), name: 'x'.repeat(1_000_000) });

      expectRefusal(answer, 'too_large');
      expect(answer.status).toBe(413);
    }
    await expectNothingWritten();
  });
});

describe('an id in the path', () => {
  it('that is not a positive integer is refused', async () => {
    await onEvery(
      routes().filter(({ path }) => path.includes('/:id')),
      () => badId,
      async (route, id) => {
        const answer = await send(route, route.spec?.body && validBody(route), {}, id);

        // A slash in it, spelt out, makes another address.
        expectRefusal(answer, 'validation_failed', ...(/%2f|%2e/i.test(id) ? ['not_found', 'method_not_allowed'] : []));
      },
    );
  });
});

describe('a query', () => {
  it('with an invalid parameter is refused by its name', async () => {
    await onEvery(
      routes().filter(({ spec }) => spec?.query),
      (route) =>
        fc.record({
          name: fc.constantFrom(...Object.keys((route.spec?.query as z.ZodObject | undefined)?.shape ?? {})),
          value: fc.oneof(
            fc.constantFrom('%00', 'a%00', '%01b', 'x'.repeat(2_000), '%1b%5b31m'),
            fc.constantFrom('a&{name}=b', 'a&{name}=a'),
          ),
        }),
      async (route, { name, value }) => {
        const answer = await admin.request(
          route.method,
          `${pathWith(route.path, 1)}?${name}=${value.replace('{name}', name)}`,
        );

        expectRefusal(answer, 'validation_failed');
        expect(answer.json()).toMatchObject({ details: [{ path: name }] });
      },
    );
  });

  it('of any bytes at all breaks nothing', async () => {
    await onEvery(
      routes().filter(({ method }) => method === 'GET'),
      () =>
        fc.array(
          fc.constantFrom('%', '%ff', '%00', '&', '=', '[', ']', 'page', 'name', 'sort', 'search', '1', '-', '+'),
        ),
      async (route, parts) => {
        const answer = await admin.get(`${pathWith(route.path, 1)}?${parts.join('')}`);

        expect([200, 202, 400, 404], answer.text).toContain(answer.status);
      },
    );
  });
});

describe('headers', () => {
  it('of any content break nothing', async () => {
    const text = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)) });
    const names = ['Accept', 'Accept-Language', 'Accept-Encoding', 'Authorization', 'If-None-Match', 'X-Request-Id'];
    await onEvery(
      routes().filter(({ method }) => method === 'GET'),
      () =>
        fc.record({ name: fc.constantFrom(...names, 'Range', 'X-Forwarded-For', 'Cookie', 'If-Modified-Since'), text }),
      async (route, { name, text: value }) => {
        const answer = await app.program().get(pathWith(route.path, 1), { [name]: value });

        expect([200, 304, 401, 404, 406], `${name}: ${value}`).toContain(answer.status);
      },
    );
  });
});

/** Keys that are no field's and not refused before anybody looks at fields. */
function isPlainKey(key: string): boolean {
  return !fieldNames.has(key) && !(key in {}) && key.isWellFormed();
}

/** Texts that are nearly this JSON. */
function malformedFrom(json: string): fc.Arbitrary<string> {
  const place = fc.integer({ min: 0, max: json.length });
  return fc
    .oneof(
      place.map((end) => json.slice(0, end)),
      fc
        .tuple(place, fc.constantFrom('}', '{', '"', ',', '\\', '\u0000', "'", '\n', 'NaN', '//'))
        .map(([at, text]) => json.slice(0, at) + text + json.slice(at)),
      fc.string(),
    )
    .filter((text) => text !== '' && !isJson(text));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

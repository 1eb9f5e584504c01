import type { Router } from '@koa/router';
import { z } from 'zod';
import { specOf, type EndpointSpec } from '../middlewares/endpoint.js';
import { STATUS_OF } from '../middlewares/error-handler.js';
import type { AppContext, AppState } from '../middlewares/state.js';
import type { ApiErrorCode } from '../middlewares/http/request-errors.js';
import { messagesIn } from '../views/locales/index.js';
import { createSchemas, type JsonSchema, type Schemas } from './openapi-schemas.js';
import type { ApiResponse, Content, OpenApi, Operation, Parameter } from './openapi-types.js';

interface Route {
  method: string;
  /** As `/api/posts/:id` */
  path: string;
  spec: EndpointSpec;
}

interface Options {
  version: string;
  /** The name of the session's cookie. */
  cookieName: string;
}

/** The document of every route in the router, from the contracts that the routes enforce. */
export function describeApi(router: Router<AppState, AppContext>, { version, cookieName }: Options): OpenApi {
  const schemas = createSchemas();
  const responses: Record<string, ApiResponse> = {};
  const paths: OpenApi['paths'] = {};
  const routes = routesOf(router);
  const failure = schemas.output(failureSchema);
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1');
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, schemas, (codes, status) =>
      refusal(responses, failure, codes, status),
    );
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Allium',
      version,
      description: 'The API of this site, for browsers and programs. /api/docs is its introduction.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named,
      responses,
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: cookieName, description: 'Browsers: set at sign-in' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF', description: 'Browsers: 1, on every unsafe request' },
        bearer: { type: 'http', scheme: 'bearer', description: 'Programs: the token returned by login or register' },
      },
    },
  };
}

/** The body of every failure. */
const failureSchema = z
  .object({
    error: z.string().describe('For people, in the language of the request'),
    code: z.string().describe('Stable, for programs'),
    details: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('The invalid fields'),
    requestId: z.string().describe('Also in the header X-Request-Id'),
  })
  .meta({ id: 'Failure' });

function routesOf({ stack }: Router<AppState, AppContext>): Route[] {
  return stack.flatMap(({ methods, path, stack: handlers }) => {
    const handler = handlers.at(-1);
    const spec = handler && specOf(handler);
    if (!spec) return [];
    return methods.filter((method) => method !== 'HEAD').map((method) => ({ method, path: String(path), spec }));
  });
}

/** The first part of the path, which is the name of what it is about. */
const tagOf = ({ path }: Route) => path.split(/[/.]/)[2] ?? '';
const isUnsafe = ({ method }: Route) => method !== 'GET';

type Refuse = (codes: ApiErrorCode[], status: number) => { $ref: string };

function operationOf(route: Route, schemas: Schemas, refuse: Refuse): Operation {
  const { spec } = route;
  const parameters = parametersOf(route, schemas);
  return {
    operationId: operationIdOf(route),
    summary: spec.summary,
    tags: [tagOf(route)],
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...((spec.body ?? spec.files) && { requestBody: { required: true, content: contentOf(spec, schemas) } }),
    responses: { ...successOf(spec, schemas), ...failuresOf(route, refuse) },
  };
}

/** As `putPostsById` */
function operationIdOf({ method, path }: Route): string {
  const words = path.split(/[/.-]/).filter(Boolean).slice(1);
  const named = words.map((word) => (word.startsWith(':') ? `By${upperFirst(word.slice(1))}` : upperFirst(word)));
  return method.toLowerCase() + named.join('');
}
const upperFirst = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

function securityOf(route: Route): Operation['security'] {
  const session = isUnsafe(route) ? { session: [], csrf: [] } : { session: [] };
  const ways = [session, { bearer: [] }];
  if (route.spec.access === 'signed-in') return ways;
  return isUnsafe(route) ? [{}, { csrf: [] }, ...ways] : [{}, ...ways];
}

function parametersOf({ spec }: Route, schemas: Schemas): Parameter[] {
  const parameters = (['path', 'query'] as const).flatMap((place) => {
    const schema = spec[place === 'path' ? 'params' : 'query'];
    if (!schema) return [];
    const { properties = {}, required = [] } = schemas.input(schema);
    return Object.entries(properties).map(([name, property]): Parameter => {
      const { description, example, ...schema } = typeof property === 'object' ? property : {};
      const shown = example ?? (schema.type === 'integer' && place === 'path' ? 1 : undefined);
      return {
        name,
        in: place,
        required: place === 'path' || required.includes(name),
        ...(description !== undefined && { description }),
        schema,
        ...(shown !== undefined && { example: shown }),
      };
    });
  });
  if (spec.errors?.includes('version_conflict')) parameters.push(IF_MATCH);
  return parameters;
}

const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The version you have read, in quotes, as in the ETag',
  schema: { type: 'string' },
};

function contentOf({ body, files, example }: EndpointSpec, schemas: Schemas): Content {
  if (body) return bodyContent(body, schemas, example);
  if (!files) return {};
  const { field, maxFiles, maxBytes } = files;
  const file = {
    type: 'string' as const,
    format: 'binary',
    description: `JPEG, PNG, GIF or WebP, at most ${maxBytes / 1024 / 1024} MB`,
  };
  const value = maxFiles === 1 ? file : { type: 'array' as const, items: file, minItems: 1, maxItems: maxFiles };
  const schema: JsonSchema = { type: 'object', properties: { [field]: value }, required: [field] };
  return { 'multipart/form-data': { schema } };
}

/** JSON, and a form where no field is nested. */
function bodyContent(body: z.ZodObject, schemas: Schemas, example: object | undefined): Content {
  const schema = schemas.input(body);
  const { properties = {} } = schemas.resolved(schema);
  const nested = Object.values(properties).some(
    (property) => typeof property === 'object' && ['object', 'array'].some((type) => hasType(property, type)),
  );
  return {
    'application/json': { schema, ...(example && { example }) },
    ...(!nested && { 'application/x-www-form-urlencoded': { schema } }),
  };
}

function hasType({ type, $ref }: JsonSchema, wanted: string): boolean {
  return $ref !== undefined || type === wanted;
}

function successOf(
  { status, response, produces, summary }: EndpointSpec,
  schemas: Schemas,
): Record<string, ApiResponse> {
  const type = produces ?? (response && 'application/json');
  const schema = response ? schemas.output(response) : { type: 'string' as const };
  return { [status ?? (type ? 200 : 204)]: { description: summary, ...(type && { content: { [type]: { schema } } }) } };
}

/** What may go wrong with any route of its kind, and with this one. */
function failuresOf(route: Route, refuse: Refuse): Record<string, { $ref: string }> {
  const { params, query, body, files, access, errors = [] } = route.spec;
  const codes = new Set<ApiErrorCode>([
    ...(params || query || body || files ? (['validation_failed'] as const) : []),
    ...(body || files ? (['malformed_body', 'too_large', 'unsupported_media_type'] as const) : []),
    ...(access === 'signed-in' ? (['not_signed_in', 'invalid_token', 'token_expired'] as const) : []),
    ...(isUnsafe(route) ? (['csrf_failed'] as const) : []),
    ...(params ? (['not_found'] as const) : []),
    ...errors,
    'rate_limited',
    'internal',
    'unavailable',
  ]);
  const byStatus = new Map<number, ApiErrorCode[]>();
  for (const code of codes) {
    const status = STATUS_OF[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
    // With the header If-Match a conflict is a failed precondition (RFC 9110, section 13.1.1).
    if (code === 'version_conflict') byStatus.set(412, [code]);
  }
  const sorted = [...byStatus].toSorted(([one], [other]) => one - other);
  return Object.fromEntries(sorted.map(([status, names]) => [status, refuse(names, status)]));
}

/** Error responses that many routes share are written once. */
function refusal(
  responses: OpenApi['components']['responses'],
  failure: JsonSchema,
  codes: ApiErrorCode[],
  status: number,
) {
  const name = `${status}.${codes.join('.')}`;
  responses[name] ??= {
    description: codes.map((code) => `${code}: ${messagesIn.en.errors[code]}`).join('; '),
    content: {
      'application/json': { schema: { ...failure, properties: { code: { enum: codes } } } },
    },
  };
  return { $ref: `#/components/responses/${name}` };
}

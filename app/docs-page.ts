import type { JsonSchema } from './openapi-schemas.js';
import type { ApiAnswer, OpenApi, Operation, Parameter } from './openapi-types.js';

/** The document in the order in which people read it: one chapter for each tag. */
export interface Chapter {
  name: string;
  endpoints: Endpoint[];
}
export interface Endpoint {
  id: string;
  method: string;
  path: string;
  summary: string;
  /** Of the chapter. */
  tag: string;
  access: 'anyone' | 'signed-in';
  parameters: Field[];
  /** Media types that the body may have. */
  accepts: string[];
  body: Field[];
  success: { status: string; type: string | undefined; fields: Field[] };
  failures: { status: string; codes: string[] }[];
  /** A request that works, but for what stands in capitals: arguments of curl, one a line. */
  curl: string[];
}
export interface Field {
  /** Dotted where it is nested; `[]` stands for each entry of a list. */
  name: string;
  /** Where a parameter stands; empty for a field of a body. */
  place: string;
  type: string;
  required: boolean;
  /** The values that it may have, if they can be listed. */
  choices: string[];
  /** What the value has to be, besides its type. */
  limits: string;
  description: string;
}

/** How deep fields are shown within fields. */
const MAX_DEPTH = 4;

export function chaptersOf(api: OpenApi): Chapter[] {
  const reader = createReader(api);
  const endpoints = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => reader.endpointOf(method, path, operation)),
  );
  return api.tags.map(({ name }) => ({
    name,
    endpoints: endpoints.filter(({ tag }) => tag === name),
  }));
}

function createReader({ components }: OpenApi) {
  return { endpointOf };

  function endpointOf(method: string, path: string, operation: Operation): Endpoint {
    const { parameters = [], requestBody, responses } = operation;
    const [[status, success] = ['', { description: '' }], ...failures] = Object.entries(responses).map(
      ([code, answer]) => [code, resolvedAnswer(answer)] as const,
    );
    const [type, media] = Object.entries(success.content ?? {})[0] ?? [];
    const body = Object.entries(requestBody?.content ?? {});
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      summary: operation.summary,
      tag: operation.tags[0] ?? '',
      access: operation.security.some((way) => Object.keys(way).length === 0) ? 'anyone' : 'signed-in',
      parameters: parameters.map((parameter) => ({
        ...fieldOf(parameter.name, parameter.schema, parameter.required),
        place: parameter.in,
        description: parameter.description ?? '',
      })),
      accepts: body.map(([kind]) => kind),
      body: body[0] ? fieldsOf(body[0][1].schema) : [],
      success: { status, type, fields: media && type === 'application/json' ? fieldsOf(media.schema) : [] },
      failures: failures.map(([code, answer]) => ({ status: code, codes: codesOf(answer) })),
      curl: curlOf(method.toUpperCase(), path, operation),
    };
  }

  function resolvedAnswer(answer: ApiAnswer | { $ref: string }): ApiAnswer {
    if (!('$ref' in answer)) return answer;
    return components.responses[answer.$ref.replace('#/components/responses/', '')] ?? { description: '' };
  }

  function resolved(schema: JsonSchema): JsonSchema {
    if (schema.$ref === undefined) return schema;
    return components.schemas[schema.$ref.replace('#/components/schemas/', '')] ?? schema;
  }

  /** The fields of an object, and of the objects in it. Of several shapes: the fields of each. */
  function fieldsOf(schema: JsonSchema, prefix = '', depth = 0): Field[] {
    const shape = resolved(schema);
    const fields = Object.entries(shape.properties ?? {}).flatMap(([name, value]) => {
      if (typeof value !== 'object') return [];
      const field = fieldOf(prefix + name, value, shape.required?.includes(name) ?? false);
      if (depth >= MAX_DEPTH) return [field];
      const each = listed(value);
      return [field, ...fieldsOf(each ?? withoutNull(value), `${prefix}${name}${each ? '[]' : ''}.`, depth + 1)];
    });
    const others = (shape.anyOf ?? []).filter((other) => typeof other === 'object' && resolved(other).properties);
    const all = [
      ...fields,
      ...others.flatMap((other) => (typeof other === 'object' ? fieldsOf(other, prefix, depth) : [])),
    ];
    return [...new Map(all.map((field) => [field.name, field])).values()];
  }

  function listed(schema: JsonSchema): JsonSchema | undefined {
    const { items } = resolved(schema);
    return typeof items === 'object' && !Array.isArray(items) ? items : undefined;
  }

  function withoutNull(schema: JsonSchema): JsonSchema {
    const [only, ...more] = (schema.anyOf ?? []).filter((one) => typeof one === 'object' && one.type !== 'null');
    return typeof only === 'object' && more.length === 0 ? only : schema;
  }

  function fieldOf(name: string, schema: JsonSchema, required: boolean): Field {
    const shape = resolved(withoutNull(schema));
    return {
      name,
      place: '',
      type: typeOf(schema),
      required,
      choices: (shape.enum ?? []).map(String),
      limits: limitsOf(shape),
      description: schema.description ?? shape.description ?? '',
    };
  }

  function typeOf(schema: JsonSchema): string {
    const named = schema.$ref?.replace('#/components/schemas/', '');
    if (named !== undefined) return named;
    if (schema.anyOf) return schema.anyOf.map((one) => (typeof one === 'object' ? typeOf(one) : '')).join(' | ');
    const items = listed(schema);
    if (items) return `${typeOf(items)}[]`;
    const type = Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type;
    return type ?? (schema.enum || schema.const !== undefined ? 'string' : 'any');
  }
}

function limitsOf(schema: JsonSchema): string {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, format } = schema;
  return [
    format,
    span(minLength, maxLength, 'characters'),
    span(minimum, maximum, ''),
    span(minItems, maxItems, 'entries'),
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function span(least: number | undefined, most: number | undefined, unit: string): string {
  if (most === undefined) return least ? `≥ ${least} ${unit}`.trim() : '';
  const from = least === undefined || (least === 0 && unit) ? '≤ ' : `${least}–`;
  return `${from}${most.toLocaleString('en')} ${unit}`.trim();
}

function codesOf({ content }: ApiAnswer): string[] {
  const code = content?.['application/json']?.schema.properties?.['code'];
  return typeof code === 'object' ? (code.enum ?? []).map(String) : [];
}

function curlOf(method: string, path: string, { parameters = [], requestBody, security }: Operation): string[] {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    exampleOf(parameters.find((parameter) => parameter.name === name)),
  );
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const needsToken = !security.some((way) => Object.keys(way).length === 0);
  const example = JSON.stringify(media?.example)?.replaceAll("'", String.raw`'\''`);
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} $ALLIUM${address}`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...Object.keys(type === 'multipart/form-data' ? (media?.schema.properties ?? {}) : {}).map(
      (field) => `-F '${field}=@picture.jpg'`,
    ),
    ...(example === undefined ? [] : [`-H 'Content-Type: ${type}'`, `-d '${example}'`]),
  ];
}

function exampleOf(parameter: Parameter | undefined): string {
  const { example, name } = parameter ?? {};
  return typeof example === 'string' || typeof example === 'number' ? String(example) : (name ?? '').toUpperCase();
}

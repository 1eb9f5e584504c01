import { apiZhCn } from '../views/locales/api-zh-cn.js';
import { chapterTitles } from '../views/locales/docs-en.js';
import { docsIn, type DocsText } from '../views/locales/docs.js';
import { messagesIn, type Locale } from '../views/locales/index.js';
import type { JsonSchema } from './openapi-schemas.js';
import type { ApiResponse, OpenApi, Operation, Parameter } from './openapi-types.js';

/** The endpoints under one title: those of one tag, or of several that share it. */
export interface Chapter {
  /** Part of the address of its heading. */
  id: string;
  title: string;
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
  /** A body that the endpoint accepts, as indented JSON; empty where it takes none. */
  example: string;
  success: { status: string; type: string | undefined; fields: Field[] };
  failures: { status: string; codes: { code: string; meaning: string }[] }[];
  /** A request that works once the words in capitals are replaced: arguments of curl, one a line. */
  curl: string[];
}
export interface Field {
  /** Dotted where it is nested; `[]` means each entry of a list. */
  name: string;
  /** Where a parameter is sent: `path`, `query` or `header`; empty for a field of a body. */
  place: string;
  type: string;
  required: boolean;
  /** The values that it may have, if they can be listed. */
  choices: string[];
  /** What the value has to be, besides its type. */
  limits: string;
  description: string;
  /** A value of a parameter that works; empty where any does. */
  example: string;
}

/** How deep fields are shown within fields. */
const MAX_DEPTH = 4;

/** Arranges the document for people, in the order of its tags, with its texts in `locale`. */
export function chaptersOf(api: OpenApi, locale: Locale): Chapter[] {
  const reader = createReader(api, locale);
  const titleOf = (tag: string) => translatorTo(locale)(chapterTitle(tag));
  const endpoints = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => reader.endpointOf(method, path, operation)),
  );
  const titles = new Map(api.tags.map(({ name }) => [titleOf(name), name]));
  return [...titles].map(([title, id]) => ({
    id,
    title,
    endpoints: endpoints.filter(({ tag }) => titleOf(tag) === title),
  }));
}

/** The English title of a tag's chapter. */
export const chapterTitle = (tag: string): string =>
  chapterTitles[tag] ?? `${tag.charAt(0).toUpperCase()}${tag.slice(1)}`;

/** Translates English texts of the document; those that the catalog lacks stay English. */
const translatorTo = (locale: Locale) => (english: string) =>
  locale === 'zh-CN' ? (apiZhCn[english] ?? english) : english;

function createReader({ components }: OpenApi, locale: Locale) {
  const translated = translatorTo(locale);
  const { limits: words } = docsIn[locale];
  return { endpointOf };

  function endpointOf(method: string, path: string, operation: Operation): Endpoint {
    const { parameters = [], requestBody, responses } = operation;
    const [[status, success] = ['', { description: '' }], ...failures] = Object.entries(responses).map(
      ([code, response]) => [code, resolvedResponse(response)] as const,
    );
    const [type, media] = Object.entries(success.content ?? {})[0] ?? [];
    const body = Object.entries(requestBody?.content ?? {});
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      summary: translated(operation.summary),
      tag: operation.tags[0] ?? '',
      access: operation.security.some((way) => Object.keys(way).length === 0) ? 'anyone' : 'signed-in',
      parameters: parameters.map((parameter) => ({
        ...fieldOf(parameter.name, parameter.schema, parameter.required),
        place: parameter.in,
        example: exampleOf(parameter),
        description: translated(parameter.description ?? ''),
      })),
      accepts: body.map(([kind]) => kind),
      body: body[0] ? fieldsOf(body[0][1].schema) : [],
      example: JSON.stringify(body[0]?.[1].example ?? '', null, 2).replace(/^""$/, ''),
      success: { status, type, fields: media && type === 'application/json' ? fieldsOf(media.schema) : [] },
      failures: failures.map(([code, response]) => ({ status: code, codes: codesOf(response).map(explained) })),
      curl: curlOf(method.toUpperCase(), path, operation),
    };
  }

  function explained(code: string) {
    const { errors } = messagesIn[locale];
    return { code, meaning: errors[code as keyof typeof errors] };
  }

  function resolvedResponse(response: ApiResponse | { $ref: string }): ApiResponse {
    if (!('$ref' in response)) return response;
    return components.responses[response.$ref.replace('#/components/responses/', '')] ?? { description: '' };
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
      limits: limitsOf(shape, words),
      description: translated(schema.description ?? shape.description ?? ''),
      example: '',
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

function limitsOf(schema: JsonSchema, words: DocsText['limits']): string {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, format } = schema;
  return [
    format,
    span(minLength, maxLength, words.characters),
    span(minimum, maximum, ''),
    span(minItems, maxItems, words.entries),
    schema.default !== undefined && `${words.default} ${JSON.stringify(schema.default)}`,
  ]
    .filter(Boolean)
    .join(words.comma);
}

function span(least: number | undefined, most: number | undefined, unit: string): string {
  if (most === undefined) return least ? `≥ ${least} ${unit}`.trim() : '';
  const from = least === undefined || (least === 0 && unit) ? '≤ ' : `${least}–`;
  return `${from}${most.toLocaleString('en')} ${unit}`.trim();
}

function codesOf({ content }: ApiResponse): string[] {
  const code = content?.['application/json']?.schema.properties?.['code'];
  return typeof code === 'object' ? (code.enum ?? []).map(String) : [];
}

function curlOf(method: string, path: string, { parameters = [], requestBody, security }: Operation): string[] {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.name === name);
    return (parameter && exampleOf(parameter)) || name.toUpperCase();
  });
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

function exampleOf({ example }: Parameter): string {
  return typeof example === 'string' || typeof example === 'number' ? String(example) : '';
}

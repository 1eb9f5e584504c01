import type { JsonSchema } from './openapi-schemas.js';
import type { Content, OpenApi, Operation, Parameter } from './openapi-types.js';

/**
 * The TypeScript declarations of every endpoint that answers JSON, from the document of the API: `Endpoints` by method
 * and path, and the named schemas. What it takes is as much JSON Schema as our contracts have.
 */
export function clientTypes({ paths, components }: OpenApi): string {
  const endpoints = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const answer = answerOf(operation);
      if (answer === undefined) return [];
      return `  ${comment(operation.summary)}'${method.toUpperCase()} ${path}': ${endpointOf(operation, answer)};`;
    }),
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)};`,
  );
  return `/** Every endpoint, by its method and path. */
export interface Endpoints {
${endpoints.join('\n')}
}

${schemas.join('\n\n')}
`;
}

function endpointOf({ parameters = [], requestBody }: Operation, answer: string): string {
  const fields = [
    ...parametersIn('path', 'params', parameters),
    ...parametersIn('query', 'query', parameters),
    ...(requestBody ? [`body: ${bodyOf(requestBody.content)}`] : []),
    `answer: ${answer}`,
  ];
  return `{ ${fields.join('; ')} }`;
}

function parametersIn(place: 'path' | 'query', name: string, parameters: Parameter[]): string[] {
  const fields = parameters.filter((parameter) => parameter.in === place);
  if (fields.length === 0) return [];
  const optional = fields.some(({ required }) => required) ? '' : '?';
  return [`${name}${optional}: ${objectOf(fields)}`];
}

function bodyOf(content: Content): string {
  const json = content['application/json'];
  return json ? typeOf(json.schema) : 'FormData';
}

/** Undefined where the answer is not JSON. */
function answerOf({ responses }: Operation): string | undefined {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? [];
  if (!success || '$ref' in success) return undefined;
  if (!success.content) return 'null';
  const json = success.content['application/json'];
  return json && typeOf(json.schema);
}

function typeOf(schema: JsonSchema | boolean): string {
  if (typeof schema === 'boolean') return 'unknown';
  const { $ref, type, items, anyOf } = schema;
  if ($ref !== undefined) return $ref.replace('#/components/schemas/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (anyOf) return anyOf.map(typeOf).join(' | ');
  switch (type) {
    case 'array':
      return `(${Array.isArray(items) ? items.map(typeOf).join(' | ') : typeOf(items ?? true)})[]`;
    case 'object':
      return schema.properties ? fieldsOf(schema) : `Record<string, ${typeOf(schema.additionalProperties ?? true)}>`;
    default:
      return [type ?? 'unknown'].flat().join(' | ').replace('integer', 'number');
  }
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): string {
  return objectOf(
    Object.entries(properties).map(([name, schema]) => ({ name, schema, required: required.includes(name) })),
  );
}

function objectOf(fields: { name: string; schema: JsonSchema | boolean; required: boolean }[]): string {
  const lines = fields.map(({ name, schema, required }) => {
    const description = typeof schema === 'object' ? schema.description : undefined;
    return `${comment(description)}'${name}'${required ? '' : '?'}: ${typeOf(schema)}`;
  });
  return `{ ${lines.join('; ')} }`;
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/')} */\n`;
}

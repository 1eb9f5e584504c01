import { z } from 'zod';
import type { EndpointSpec } from '../../middlewares/endpoint.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * A body that the route's schema accepts, with every field: those of the contract's example, and the others made from
 * the JSON Schema. What that does not say (a rule of `refine`), `meta({ example })` beside the rule does.
 */
export function validBody({ body, example }: Pick<EndpointSpec, 'body' | 'example'>): Record<string, unknown> {
  if (!body) return {};
  const schema = schemaOf(body);
  return { ...(sampleOf(schema, schema) as Record<string, unknown>), ...example };
}

/** Whether a field takes any number of texts, so that a list of some, or a doubled field of a form, may be right. */
export function isTextList({ body }: Pick<EndpointSpec, 'body'>, field: string): boolean {
  const schema = body && schemaOf(body);
  const property = schema && resolved(schema, schema).properties?.[field];
  return typeof property === 'object' && property.type === 'array';
}

const schemaOf = (body: z.ZodType): JsonSchema => z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });

/** A schema with an id is only referred to. */
const resolved = (schema: JsonSchema, root: JsonSchema): JsonSchema =>
  schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {});

function sampleOf(schema: JsonSchema, root: JsonSchema): unknown {
  if (schema.$ref !== undefined) return sampleOf(resolved(schema, root), root);
  if (schema['example'] !== undefined) return schema['example'];
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice) return sampleOf(choice, root);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [
          name,
          sampleOf(property as JsonSchema, root),
        ]),
      );
    case 'array':
      return typeof schema.items === 'object' ? [sampleOf(schema.items as JsonSchema, root)] : [];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, Number(schema.exclusiveMinimum ?? 0) + 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
      return schema.format === 'email' ? 'valid@example.com' : 'valid'.padEnd(schema.minLength ?? 0, '-valid');
    case undefined:
    default:
      return undefined;
  }
}

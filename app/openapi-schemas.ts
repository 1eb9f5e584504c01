import { z } from 'zod';

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

export type Schemas = ReturnType<typeof createSchemas>;

/** Turns zod schemas into JSON Schemas; those that have an id are collected once, and referred to. */
export function createSchemas() {
  const named: Record<string, JsonSchema> = {};

  return {
    named,
    /** What clients send. */
    input: (schema: z.ZodType) => converted(schema, 'input'),
    /** What they receive. */
    output: (schema: z.ZodType) => converted(schema, 'output'),
    /** The schema itself, where one is only referred to. */
    resolved: (schema: JsonSchema): JsonSchema =>
      schema.$ref === undefined ? schema : (named[schema.$ref.replace('#/components/schemas/', '')] ?? schema),
  };

  function converted(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $defs, $schema: _, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: readable });
    // One id may mean two things, when what is sent is more than what is answered.
    const renamed = new Map<string, string>();
    for (const [id, definition] of Object.entries($defs ?? {})) {
      const same = named[id] === undefined || JSON.stringify(named[id]) === JSON.stringify(referring(definition));
      renamed.set(id, same ? id : `${id}Input`);
    }
    for (const [id, definition] of Object.entries($defs ?? {}))
      named[renamed.get(id) ?? id] = referring(definition, renamed);
    return referring(root, renamed);
  }
}

/** Leaves out what zod knows and no reader needs. */
function readable({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }): void {
  const { def } = zodSchema._zod;
  // What is sent becomes a number later: the pattern of its digits says no more than its bounds.
  if (jsonSchema.type === 'integer' || jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (def.type === 'default' && typeof def.defaultValue === 'number') jsonSchema.default = def.defaultValue;
  // Responses may gain fields: a client that refuses unknown ones would break.
  if (def.type === 'object' && !def.catchall) delete jsonSchema.additionalProperties;
}

/** The schema with its references into `$defs` changed to the components, under their new names. */
function referring(schema: JsonSchema, renamed: ReadonlyMap<string, string> = new Map()): JsonSchema {
  const json = JSON.stringify(schema).replaceAll(
    /"#\/\$defs\/([^"]+)"/g,
    (_, id: string) => `"#/components/schemas/${renamed.get(id) ?? id}"`,
  );
  return JSON.parse(json) as JsonSchema;
}

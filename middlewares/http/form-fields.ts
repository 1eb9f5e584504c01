import { z } from 'zod';

/**
 * A form's fields are all text. Turns those into numbers and booleans that the schema wants so, an empty optional
 * field into null, and leaves out the CSRF token, which has been checked.
 */
export function fromForm(schema: z.ZodObject, body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { _csrf, ...fields } = body as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, fieldValue(schema.shape[name], value)]),
  );
}

function fieldValue(schema: z.core.$ZodType | undefined, value: unknown): unknown {
  if (typeof value !== 'string' || schema === undefined) return value;
  const { inner, nullable } = unwrapped(schema);
  if (value === '' && nullable) return null;
  if (inner instanceof z.ZodNumber && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (inner instanceof z.ZodBoolean && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function unwrapped(schema: z.core.$ZodType): { inner: z.core.$ZodType; nullable: boolean } {
  let nullable = false;
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) {
    nullable ||= inner instanceof z.ZodNullable;
    inner = inner.unwrap();
  }
  return { inner, nullable };
}

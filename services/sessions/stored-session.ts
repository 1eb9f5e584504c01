/** Reads what a store holds under a session's key: only a JSON object is a session, anything else is treated as none. */
export function storedSession(value: unknown): object | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

/** The same, of JSON that may be damaged. */
export function parseSession(json: string): object | null {
  try {
    return storedSession(JSON.parse(json));
  } catch {
    return null;
  }
}

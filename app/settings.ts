import type { Setting } from '../services/doctor/doctor-service.js';

type Value = string | number | readonly string[] | undefined;

const SECRET = /KEY|TOKEN|SECRET|PASSWORD/;

/**
 * What administrators may see of the environment: every variable, and no secret's value.
 *
 * @param given the variables that are set. @param values of all, defaults included
 */
export function describeSettings(
  names: readonly string[],
  given: object,
  values: Readonly<Record<string, Value>>,
): readonly Setting[] {
  const settings = names.map((name) => {
    const value = values[name];
    const text = SECRET.test(name) || value === undefined ? null : [value].flat().join(',') || null;
    return { name, isSet: name in given, value: text && name.endsWith('_URL') ? withoutCredentials(text) : text };
  });
  return Object.freeze(settings.map((setting) => Object.freeze(setting)));
}

/** Null where it is no address that this can read: it may hold a password anywhere. */
function withoutCredentials(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}${host ? `//${host}` : ''}${pathname === '/' ? '' : pathname}`;
}

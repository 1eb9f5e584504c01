/**
 * The browser's storage, where it may be used: a person or a policy can forbid it, and then merely naming it throws.
 * What cannot be stored is lost with the page.
 */
type Area = 'localStorage' | 'sessionStorage';

/** @returns null also where storage is forbidden. */
export function readStored(area: Area, key: string): string | null {
  try {
    return globalThis[area].getItem(key);
  } catch {
    return null;
  }
}

/** @returns whether it is stored now. */
export function store(area: Area, key: string, value: string): boolean {
  try {
    globalThis[area].setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** Does nothing where storage is forbidden. */
export function removeStored(area: Area, key: string): void {
  try {
    globalThis[area].removeItem(key);
  } catch {
    // nothing was stored there
  }
}

/** The keys with this beginning; none where storage is forbidden. */
export function storedKeys(area: Area, prefix: string): string[] {
  try {
    return Object.keys(globalThis[area]).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

import { removeStored, storedKeys } from './storage';

const PREFIX = 'allium.writing';

/** Where the editor stores what an account has typed. */
export const storedTextKey = (owner: number, id: string): string => `${PREFIX}.${owner}.${id}`;

/** Whether this browser has texts of the account that the server may not have. */
export function hasStoredTexts(owner: number): boolean {
  return storedKeys('localStorage', storedTextKey(owner, '')).length > 0;
}

/** When someone leaves: a shared computer must not show one person's words to the next. */
export function removeStoredTexts(owner: number): void {
  for (const key of storedKeys('localStorage', storedTextKey(owner, ''))) removeStored('localStorage', key);
}

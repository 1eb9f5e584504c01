import type { Boot } from './api/types';

/** The state when the shell has no readable block (an older build): the pages then ask the server who is signed in. */
const UNKNOWN_SESSION: Boot = { session: 'unknown', user: null, locale: 'en', setupNeeded: false };

/** Reads the state that the server wrote into the shell. */
export function readBoot(): Boot {
  const block = document.querySelector('#boot')?.textContent;
  if (!block) return UNKNOWN_SESSION;
  try {
    const boot: Partial<Boot> = JSON.parse(block);
    return { ...UNKNOWN_SESSION, ...boot };
  } catch {
    return UNKNOWN_SESSION;
  }
}

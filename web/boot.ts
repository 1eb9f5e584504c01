import type { Boot } from './api/types';

/** Without a readable block (a shell of an older build) the pages still work: they ask the server who is there. */
const STRANGER: Boot = { session: 'unknown', user: null, locale: 'en', setupNeeded: false };

/** Reads the state that the server wrote into the shell. */
export function readBoot(): Boot {
  const block = document.querySelector('#boot')?.textContent;
  if (!block) return STRANGER;
  try {
    const boot: Partial<Boot> = JSON.parse(block);
    return { ...STRANGER, ...boot };
  } catch {
    return STRANGER;
  }
}

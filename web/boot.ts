import type { PageState } from '../routes/pages/page-state';

/** The state when the page has no readable block (an older build): the pages then ask the server who is signed in. */
const UNKNOWN_SESSION: PageState = {
  session: 'unknown',
  user: null,
  locale: 'en',
  setupNeeded: false,
  notFound: false,
  now: new Date().toISOString(),
  answers: [],
};

/** Reads the state that the server wrote into the page. */
export function readBoot(): PageState {
  const block = document.querySelector('#boot')?.textContent;
  if (!block) return UNKNOWN_SESSION;
  try {
    const boot: Partial<PageState> = JSON.parse(block);
    return { ...UNKNOWN_SESSION, ...boot };
  } catch {
    return UNKNOWN_SESSION;
  }
}

import { chromium, type Browser, type Page } from 'playwright-core';
import { pathOf } from '../support/requires.js';

/** Debian's Chromium with a fresh profile; as root it has no sandbox to start. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: pathOf('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
  });
}

/** Collects what a page must never say: script errors, refused resources, broken policies. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // An answer of 401 or 404 is written to the console too; the page itself says what it makes of it.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return complaints;
}

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

/** Collects script errors, refused resources and policy violations of a page; a test expects none. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Browsers log 401 and 404 responses to the console too; the page handles those itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return complaints;
}

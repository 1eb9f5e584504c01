import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * What axe-core finds on a page: one line a rule, with the elements it is about.
 *
 * @param page of a context with `bypassCSP`: axe is no script of the page.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: SOURCE });
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

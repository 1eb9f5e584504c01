import { createMemoryHistory } from 'vue-router';
import { renderToString } from 'vue/server-renderer';
import type { PageState } from '../routes/pages/page-state';
import { createPageApp } from './create-page-app';

/** Renders the page at `url`, a path with its query, as the browser would show it first. Runs in Node.js. */
export async function renderPage(boot: PageState, url: string): Promise<string> {
  const { app, router } = await createPageApp({ boot, history: createMemoryHistory(), rendered: true });
  await router.push(url);
  return renderToString(app);
}

import { createWebHistory } from 'vue-router';
import { readBoot } from './boot';
import { createPageApp } from './create-page-app';

async function start(root: HTMLElement): Promise<void> {
  const rendered = 'rendered' in root.dataset;
  const { app, router } = await createPageApp({ boot: readBoot(), history: createWebHistory(), rendered });
  // What the server has rendered is taken over as it is, with the page's code in place.
  if (rendered) await router.isReady();
  app.mount(root);
}

const root = document.querySelector<HTMLElement>('#app');
if (root) void start(root);

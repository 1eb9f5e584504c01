import { VueQueryPlugin } from '@tanstack/vue-query';
import { createPinia } from 'pinia';
import { createApp, createSSRApp } from 'vue';
import type { RouterHistory } from 'vue-router';
import type { PageState } from '../routes/pages/page-state';
import App from './App.vue';
import { createQueryClient } from './api/queries';
import { renderedAtKey } from './clock';
import { createTexts } from './i18n';
import { createPageRouter } from './router';
import { useSession } from './stores/session';
import { useShell } from './stores/shell';

interface PageAppOptions {
  boot: PageState;
  history: RouterHistory;
  /** Whether there is HTML of the same state, made or to be made. */
  rendered: boolean;
}

/** The application as the server renders it and as the browser runs it, ready to show the page of `history`. */
export async function createPageApp({ boot, history, rendered }: PageAppOptions) {
  const app = rendered ? createSSRApp(App) : createApp(App);
  const pinia = createPinia();
  app.use(pinia);
  useSession(pinia).hydrate(boot);
  const shell = useShell(pinia);
  shell.notFound = boot.notFound;
  if (rendered) shell.arrived();
  const texts = await createTexts(boot.locale);
  app.use(texts);
  app.use(VueQueryPlugin, { queryClient: createQueryClient(boot.answers) });
  app.provide(renderedAtKey, new Date(boot.now));
  const router = createPageRouter(history, texts);
  app.use(router);
  return { app, router };
}

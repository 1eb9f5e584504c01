import type { RouteLocationRaw, Router } from 'vue-router';
import { nextTick } from 'vue';
import type { Texts } from '../i18n';
import { useSession } from '../stores/session';
import { useShell } from '../stores/shell';
import { pageOf } from './page-of';
import { returnTarget } from './return-target';

/** Adds the hooks that run on navigation to `router`: access, words, focus, stale builds. */
export function guard(router: Router, texts: Texts): void {
  if (import.meta.env.SSR) return; // the server renders only what is for everyone

  router.beforeEach(async (to): Promise<RouteLocationRaw | boolean> => {
    const session = useSession();
    const audience = to.meta.for;
    if (audience === undefined) {
      void session.resolve().catch(() => {}); // the page is for everyone
      return true;
    }
    try {
      await session.resolve();
    } catch (error) {
      useShell().fail(error);
      return false;
    }
    if (audience === 'guests' && session.isSignedIn) return returnTarget(to.query.next);
    if ((audience === 'users' || audience === 'admins') && !session.isSignedIn) {
      return { name: 'sign-in', query: { next: to.fullPath } };
    }
    return true;
  });

  router.beforeResolve(async (to) => {
    const { words = [] } = to.meta;
    await Promise.all(words.map((area) => texts.load(area)));
  });

  router.afterEach(async (to, from, failure) => {
    if (failure) return;
    const shell = useShell();
    shell.arrived();
    // The first page keeps the browser's own focus; so does a sheet or a search within one page.
    if (from.matched.length > 0) shell.notFound = false;
    if (from.matched.length === 0 || pageOf(to) === pageOf(from)) return;
    await nextTick();
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  });

  router.onError((error, to) => {
    useShell().failToLoad(error, to.fullPath);
  });
}

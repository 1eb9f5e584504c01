import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import * as auth from '../api/auth';
import { onSessionEnd, SessionEndedError } from '../api/client';
import type { PageState } from '../../routes/pages/page-state';
import type { ContentChoice, Registration, User } from '../api/types';
import { listenToOtherTabs } from '../other-tabs';
import { removeStoredTexts } from '../stored-texts';
import { useShell } from './shell';

/** Who is signed in, as the server said last. */
export const useSession = defineStore('session', () => {
  const status = ref<PageState['session']>('unknown');
  const user = ref<User | null>(null);
  const setupNeeded = ref(false);
  /** True from the end of a session until the next sign-in, unless the person signed out: the sign-in page explains it. */
  const sessionExpired = ref(false);

  const isSignedIn = computed(() => status.value === 'signed-in');
  const isAdmin = computed(() => user.value?.role === 'admin');
  /** Who may change what others have written. */
  const isEditor = computed(() => user.value?.role === 'editor' || user.value?.role === 'admin');

  function hydrate(boot: PageState): void {
    setupNeeded.value = boot.setupNeeded;
    status.value = boot.session;
    user.value = boot.user;
  }

  /**
   * Asks the server when the shell could not know: a page reached from another site comes without the strict cookie.
   * @throws {ApiError} when the server cannot say
   */
  async function resolve(): Promise<void> {
    if (status.value !== 'unknown') return;
    try {
      setUser((await auth.fetchMe()).user);
    } catch (error) {
      if (!(error instanceof SessionEndedError)) throw error;
      status.value = 'signed-out';
    }
  }

  function setUser(next: User): void {
    user.value = next;
    status.value = 'signed-in';
    sessionExpired.value = false;
  }

  /** Sets the signed-in user and notifies the other tabs. */
  function signInAndAnnounce(next: User): void {
    setUser(next);
    tabs.announce(next.id);
  }

  async function signIn(identifier: string, password: string): Promise<void> {
    signInAndAnnounce((await auth.signIn(identifier, password)).user);
    setupNeeded.value = false;
  }

  async function register(registration: Registration): Promise<void> {
    signInAndAnnounce((await auth.register(registration)).user);
  }

  async function setUp(token: string, administrator: Registration): Promise<void> {
    signInAndAnnounce((await auth.setUp(token, administrator)).user);
    setupNeeded.value = false;
  }

  async function signOut(): Promise<void> {
    // Set first, so that a response "already signed out" does not count as an expired session.
    const before = user.value;
    status.value = 'signed-out';
    try {
      await auth.signOut();
      user.value = null;
      tabs.announce(null);
    } catch (error) {
      if (error instanceof SessionEndedError) {
        user.value = null;
        return;
      }
      status.value = 'signed-in';
      user.value = before;
      throw error;
    }
  }

  /** Deletes the own account. @throws {ApiError} */
  async function leave(currentPassword: string, content: ContentChoice): Promise<void> {
    await auth.deleteAccount(currentPassword, content);
    if (user.value) removeStoredTexts(user.value.id);
    status.value = 'signed-out';
    user.value = null;
    tabs.announce(null);
  }

  /** Applies a newer state of the own account. */
  function refresh(next: User): void {
    if (next.id === user.value?.id) user.value = next;
  }

  function end(): void {
    if (status.value !== 'signed-in') return;
    status.value = 'signed-out';
    user.value = null;
    sessionExpired.value = true;
  }
  // The server renders for one person at a time, and listens to nothing.
  if (!import.meta.env.SSR) onSessionEnd(end);

  // All tabs share one session: after a sign-in elsewhere this screen may show another account's data. Forms store
  // drafts, and pages render again for the new account.
  const tabs = listenToOtherTabs((userId) => {
    if (userId === (user.value?.id ?? null)) return;
    end();
    if (userId === null) return;
    status.value = 'unknown';
    void resolve().catch((error: unknown) => useShell().fail(error));
  });

  return {
    status,
    user,
    setupNeeded,
    sessionExpired,
    isSignedIn,
    isAdmin,
    isEditor,
    hydrate,
    resolve,
    signIn,
    register,
    setUp,
    signOut,
    leave,
    refresh,
  };
});

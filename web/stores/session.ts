import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import * as auth from '../api/auth';
import { ApiError, onSessionEnd } from '../api/client';
import type { Boot, User } from '../api/types';
import { listenToOtherTabs } from '../other-tabs';
import { useShell } from './shell';

/** Who is there. The server decides; this only remembers its last word. */
export const useSession = defineStore('session', () => {
  const status = ref<Boot['session']>('unknown');
  const user = ref<User | null>(null);
  const setupNeeded = ref(false);
  /** True from the moment a session dies under our hands until the next sign-in: the sign-in page explains it. */
  const ended = ref(false);

  const isSignedIn = computed(() => status.value === 'signed-in');
  const isAdmin = computed(() => user.value?.role === 'admin');

  function begin(boot: Boot): void {
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
      enter((await auth.fetchMe()).user);
    } catch (error) {
      if (!(error instanceof ApiError && error.endsSession)) throw error;
      status.value = 'signed-out';
    }
  }

  function enter(next: User): void {
    user.value = next;
    status.value = 'signed-in';
    ended.value = false;
  }

  /** Sets the user and notifies other tabs. */
  function entered(next: User): void {
    enter(next);
    tabs.announce(next.id);
  }

  async function signIn(identifier: string, password: string): Promise<void> {
    entered((await auth.signIn(identifier, password)).user);
    setupNeeded.value = false;
  }

  async function register(registration: auth.Registration): Promise<void> {
    entered((await auth.register(registration)).user);
  }

  async function setUp(token: string, administrator: auth.Registration): Promise<void> {
    entered((await auth.setUp(token, administrator)).user);
    setupNeeded.value = false;
  }

  async function signOut(): Promise<void> {
    // Forgotten first, so that an answer "you are signed out already" is not mistaken for a session dying.
    const before = user.value;
    status.value = 'signed-out';
    try {
      await auth.signOut();
      user.value = null;
      tabs.announce(null);
    } catch (error) {
      if (error instanceof ApiError && error.endsSession) {
        user.value = null;
        return;
      }
      status.value = 'signed-in';
      user.value = before;
      throw error;
    }
  }

  /** Takes over a newer state of the own account, whoever fetched it. */
  function refresh(next: User): void {
    if (next.id === user.value?.id) user.value = next;
  }

  function end(): void {
    if (status.value !== 'signed-in') return;
    status.value = 'signed-out';
    user.value = null;
    ended.value = true;
  }
  onSessionEnd(end);

  // The session is the browser's: what is on the screen here may now belong to somebody else. Forms keep drafts, pages
  // are drawn again for the person who is there now.
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
    ended,
    isSignedIn,
    isAdmin,
    begin,
    resolve,
    signIn,
    register,
    setUp,
    signOut,
    refresh,
  };
});

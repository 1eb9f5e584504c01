import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import * as auth from '../api/auth';
import { ApiError, onSessionEnd } from '../api/client';
import type { Boot, User } from '../api/types';

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

  async function signIn(identifier: string, password: string): Promise<void> {
    enter((await auth.signIn(identifier, password)).user);
    setupNeeded.value = false;
  }

  async function register(registration: auth.Registration): Promise<void> {
    enter((await auth.register(registration)).user);
  }

  async function setUp(token: string, administrator: auth.Registration): Promise<void> {
    enter((await auth.setUp(token, administrator)).user);
    setupNeeded.value = false;
  }

  async function signOut(): Promise<void> {
    // Forgotten first, so that an answer "you are signed out already" is not mistaken for a session dying.
    const before = user.value;
    status.value = 'signed-out';
    try {
      await auth.signOut();
      user.value = null;
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

  onSessionEnd(() => {
    if (status.value !== 'signed-in') return;
    status.value = 'signed-out';
    user.value = null;
    ended.value = true;
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

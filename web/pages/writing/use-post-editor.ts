import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import { ApiError } from '../../api/client';
import { changePost, createPost, fetchPost, type EditablePost, type PostStatus } from '../../api/writing';
import { useText } from '../../i18n';
import { useSession } from '../../stores/session';
import { createLocalCopies, lockCopy, type LocalCopy } from './local-copies';
import {
  changesOf,
  emptyValues,
  fieldsChanged,
  hasOwnExcerpt,
  isSame,
  isStorable,
  mergePosts,
  valuesOf,
  type PostValues,
} from './post-values';

/** How long typing may go on before it is stored on this device, and how long a pause is before the server gets it. */
const LOCAL_MS = 400;
const PAUSE_MS = 1_500;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;

/** `waiting`: it is tried again by itself. `refused`: the text has to change first. `gone`: the post was deleted. */
export type SaveState = 'saved' | 'unsaved' | 'saving' | 'waiting' | 'refused' | 'conflict' | 'gone';

export interface Publication {
  status?: PostStatus;
  publishAt?: string | null;
}

/** Someone has saved the same fields first. */
export interface Conflict {
  theirs: EditablePost;
  values: PostValues;
  /** What was to be saved with it. */
  publication: Publication;
}

export type PostEditor = ReturnType<typeof usePostEditor>;

/**
 * A post that is being written. What is typed is stored on this device at once; drafts then go to the server by
 * themselves, and what others can see when its author says so.
 *
 * @param onCreated is called when the server has a new post
 */
export function usePostEditor(owner: number, onCreated: (post: EditablePost) => void) {
  const { t } = useText();
  const session = useSession();
  const copies = createLocalCopies(owner);
  /** As the server has it; null until it has it. */
  const post = shallowRef<EditablePost | null>(null);
  const values = ref(emptyValues());
  /** What the server has, as it was typed. */
  const base = shallowRef(emptyValues());
  const state = ref<SaveState>('saved');
  const problem = shallowRef<ApiError | null>(null);
  const savedAt = ref<number | null>(null);
  const conflict = shallowRef<Conflict | null>(null);
  /** Whether what is typed is stored on this device. */
  const isStored = ref(true);
  /** When the text that was found on this device was typed. */
  const restoredAt = ref<number | null>(null);

  const dirty = computed(() => !isSame(base.value, values.value));
  const status = computed<PostStatus>(() => post.value?.status ?? 'draft');
  const savesItself = computed(() => status.value === 'draft');

  let copyId: string = newId();
  let release: (() => void) | null = null;
  let isOpen = true;
  let localTimer: Timer;
  let saveTimer: Timer;
  let retryMs = FIRST_RETRY_MS;
  let queue: Promise<unknown> = Promise.resolve();

  /** Begins with a post of the server, and with what was typed here and did not get there. */
  async function open(next: EditablePost): Promise<void> {
    accept(next);
    values.value = copyOf(base.value);
    for (const copy of copies.of(next.id)) if (await adopt(copy)) break;
  }

  /** Goes on with a text that the server does not have. Resolves to false when another tab is at it. */
  async function adopt(copy: LocalCopy): Promise<boolean> {
    const released = await lockCopy(copy.id);
    if (!released) return false;
    release?.();
    release = released;
    copyId = copy.id;
    const current = post.value;
    if (current && copy.version !== null && copy.version !== current.version) {
      const theirs = copyOf(base.value);
      base.value = copy.base;
      values.value = copy.values;
      settle(current, theirs, {});
    } else {
      values.value = copy.values;
    }
    if (dirty.value) restoredAt.value = copy.at;
    else copies.remove(copy.id);
    return true;
  }

  /** What was sent without a title has none here. */
  function read(next: EditablePost): PostValues {
    // One that was made from an earlier text stays when another program changes the text alone.
    const isMade = base.value.excerpt === '' && next.excerpt === post.value?.excerpt;
    const found = valuesOf(next, !isMade && hasOwnExcerpt(next));
    return found.title === t('write.untitled') ? { ...found, title: '' } : found;
  }

  function accept(next: EditablePost): void {
    post.value = next;
    base.value = read(next);
  }

  function storeLocally(): void {
    clearTimeout(localTimer);
    localTimer = undefined;
    if (!dirty.value) return copies.remove(copyId);
    const { id = null, version = null } = post.value ?? {};
    isStored.value = copies.write({
      id: copyId,
      postId: id,
      version,
      base: base.value,
      values: values.value,
      at: Date.now(),
    });
  }

  watch(
    values,
    () => {
      if (!dirty.value && state.value !== 'saving') {
        state.value = 'saved';
        return storeLocally();
      }
      if (state.value === 'saved' || state.value === 'refused') state.value = 'unsaved';
      localTimer ??= setTimeout(storeLocally, LOCAL_MS);
      if (state.value !== 'waiting') schedule(PAUSE_MS);
    },
    { deep: true },
  );

  function schedule(afterMs: number): void {
    clearTimeout(saveTimer);
    saveTimer = setTimeout(() => {
      if (mayAutosave()) void save();
    }, afterMs);
  }

  function mayAutosave(): boolean {
    const isBlocked = state.value === 'conflict' || state.value === 'gone' || conflict.value !== null;
    return savesItself.value && dirty.value && !isBlocked && session.isSignedIn && isStorable(values.value);
  }

  /** Saves one at a time, in order. Resolves to whether the server has what was typed until then. */
  function save(publication: Publication = {}): Promise<boolean> {
    clearTimeout(saveTimer);
    const result = queue.then(() => send(publication));
    queue = result.catch(() => {});
    return result;
  }

  async function send(publication: Publication): Promise<boolean> {
    const sent = copyOf(values.value);
    const change = changesOf(base.value, sent);
    const isPublication = Object.keys(publication).length > 0;
    if (post.value && Object.keys(change).length === 0 && !isPublication) return true;
    state.value = 'saving';
    problem.value = null;
    try {
      const { value: before } = post;
      const next = before
        ? await changePost(before.id, { ...change, ...publication, version: before.version })
        : await createPost({ ...sent, title: sent.title.trim() || t('write.untitled'), ...publication });
      post.value = next;
      base.value = sent;
      savedAt.value = Date.now();
      restoredAt.value = null;
      retryMs = FIRST_RETRY_MS;
      state.value = dirty.value ? 'unsaved' : 'saved';
      storeLocally();
      if (!before && isOpen) onCreated(next);
      if (dirty.value && isOpen) schedule(PAUSE_MS);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return fail(error, publication);
    }
  }

  async function fail(error: ApiError, publication: Publication): Promise<boolean> {
    storeLocally();
    if (error.code === 'version_conflict' && post.value) {
      try {
        const theirs = await fetchPost(post.value.id);
        return settle(theirs, read(theirs), publication) && (await send(publication));
      } catch (cause) {
        if (!(cause instanceof ApiError)) throw cause;
        return fail(cause, publication);
      }
    }
    problem.value = error;
    if (error.status === 404 && post.value) state.value = 'gone';
    else if (isPassing(error) && savesItself.value) {
      state.value = 'waiting';
      // The text goes on by itself; what a button asked for does not happen behind the person's back.
      if (isOpen) schedule(error.retryAfterSeconds === null ? retryMs : error.retryAfterSeconds * 1_000);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    } else state.value = 'refused';
    return false;
  }

  /** Merges a newer version of the server. Returns whether that went without a conflict. */
  function settle(theirs: EditablePost, theirValues: PostValues, publication: Publication): boolean {
    const changed = fieldsChanged(base.value, theirValues);
    // The server trims: what differs by white space alone is not their change.
    const seen = { ...base.value, ...Object.fromEntries(changed.map((field) => [field, theirValues[field]])) };
    const merged = mergePosts(base.value, values.value, seen);
    if (merged) {
      use(theirs, seen, merged);
      return true;
    }
    state.value = 'conflict';
    conflict.value = { theirs, values: theirValues, publication };
    return false;
  }

  function use(theirs: EditablePost, theirValues: PostValues, next: PostValues): void {
    post.value = theirs;
    base.value = copyOf(theirValues);
    values.value = copyOf(next);
    conflict.value = null;
    state.value = dirty.value ? 'unsaved' : 'saved';
    storeLocally();
  }

  /** Ends a conflict with these values; what was to be saved is saved with them, unless they are to be edited first. */
  async function resolve(next: PostValues, { saves }: { saves: boolean }): Promise<void> {
    if (!conflict.value) return;
    const { theirs, values: theirValues, publication } = conflict.value;
    use(theirs, theirValues, next);
    if (saves) await save(publication);
    else clearTimeout(saveTimer);
  }

  /** Shows what the server has restored or changed beyond the text. */
  function replace(next: EditablePost): void {
    accept(next);
    values.value = copyOf(base.value);
    savedAt.value = Date.now();
    state.value = 'saved';
    storeLocally();
  }

  /** Goes on as a new post: the one of the server was deleted. */
  async function saveAsNew(): Promise<void> {
    post.value = null;
    base.value = { ...emptyValues(), category: base.value.category };
    await save();
  }

  /** Drops what the server does not have. */
  function discard(): void {
    values.value = copyOf(base.value);
    restoredAt.value = null;
    state.value = 'saved';
    problem.value = null;
    storeLocally();
  }

  const onOnline = (): void => {
    if (state.value === 'waiting') schedule(0);
  };
  const onHidden = (): void => {
    if (document.visibilityState === 'hidden') storeLocally();
  };
  onMounted(async () => {
    addEventListener('online', onOnline);
    addEventListener('pagehide', storeLocally);
    document.addEventListener('visibilitychange', onHidden);
    const released = await lockCopy(copyId);
    if (release || !isOpen) released?.();
    else release = released;
  });
  onBeforeUnmount(() => {
    removeEventListener('online', onOnline);
    removeEventListener('pagehide', storeLocally);
    document.removeEventListener('visibilitychange', onHidden);
    storeLocally();
    isOpen = false;
    clearTimeout(saveTimer);
    if (mayAutosave()) void save();
    release?.();
  });

  return {
    copies,
    copyId: () => copyId,
    post,
    values,
    base,
    state,
    problem,
    savedAt,
    conflict,
    isStored,
    restoredAt,
    dirty,
    status,
    savesItself,
    open,
    adopt,
    save,
    resolve,
    replace,
    saveAsNew,
    discard,
  };
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Whether the same request may succeed later. */
function isPassing({ status }: ApiError): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function copyOf(values: PostValues): PostValues {
  return { ...values, tags: [...values.tags] };
}

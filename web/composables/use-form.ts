import {
  computed,
  nextTick,
  onBeforeUnmount,
  onMounted,
  ref,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from 'vue';
import { ApiError } from '../api/client';
import { useText, type MessageKey } from '../i18n';
import { mergeValues } from '../merge';
import { useConfirmation } from '../stores/confirmation';
import { useDrafts } from '../stores/drafts';
import { useSession } from '../stores/session';
import { useFieldRules } from './use-field-rules';

/** Field errors by the field's name, which is the server's path: `email`, `profile.bio`. */
export type FieldErrors = Record<string, string>;

/** What the controls of a form share. */
export interface FormState {
  errors: Ref<FieldErrors>;
  /** An error of no single field; it is shown above the form. */
  problem: Ref<ApiError | null>;
  pending: Ref<boolean>;
  submit: (form: HTMLFormElement) => Promise<void>;
  touched: (field: string) => void;
}

export interface Form<T extends object> extends FormState {
  values: Ref<T>;
  dirty: ComputedRef<boolean>;
  /** The last saved values; `dirty` compares with them. */
  saved: Readonly<Ref<T>>;
  /** Applies the state that the server has saved; changes typed since the submission stay. */
  settle: (server: T) => void;
}

export interface FormOptions<T extends object> {
  initial: T;
  send: (values: T) => Promise<void>;
  /** Restores what was typed when the session expired; `redact` removes what must not be stored, even in memory. */
  draft?: Draft<T>;
}

interface Draft<T> {
  key: string;
  redact?: (values: T) => T;
}

export const formKey: InjectionKey<FormState> = Symbol('form');

/** Codes without `details` that are nevertheless about one field. */
const FIELD_OF_CODE: Record<string, string> = { email_taken: 'email', username_taken: 'username' };

/** Manages a form: values, one submission at a time, errors at their fields; a failure discards no input. */
export function useForm<T extends object>(options: FormOptions<T>): Form<T> {
  const { t } = useText();
  const checkFields = useFieldRules();
  const saved = refOf(options.initial);
  const values = refOf(options.initial);
  const dirty = computed(() => !isSame(values.value, saved.value));
  if (options.draft) useDraft(options.draft, { values, saved, dirty });
  let sent = saved.value;
  const errors = ref<FieldErrors>({});
  const problem = shallowRef<ApiError | null>(null);
  const pending = ref(false);

  async function submit(form: HTMLFormElement): Promise<void> {
    if (pending.value) return;
    problem.value = null;
    errors.value = checkFields(form);
    if (Object.keys(errors.value).length > 0) return focusFirstError(form);
    pending.value = true;
    try {
      sent = copyOf(values.value);
      await options.send(sent);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await place(error, form);
    } finally {
      pending.value = false;
    }
  }

  async function place(error: ApiError, form: HTMLFormElement): Promise<void> {
    const field = FIELD_OF_CODE[error.code];
    const details = error.details.length === 0 && field ? [{ path: field, message: error.message }] : error.details;
    const shown = details.filter(({ path }) => form.elements.namedItem(path) !== null);
    const rest = details.filter(({ path }) => form.elements.namedItem(path) === null);
    errors.value = Object.fromEntries(shown.toReversed().map(({ path, message }) => [path, message]));
    if (shown.length > 0) await focusFirstError(form);
    if (shown.length > 0 && rest.length === 0) return;
    const message = rest.map((detail) => detail.message).join(' ') || error.message || t('invalid.other');
    const { status, code, requestId, retryAfterSeconds } = error;
    problem.value = new ApiError({ status, code, message, details: rest, requestId, retryAfterSeconds });
  }

  function touched(field: string): void {
    if (field in errors.value)
      errors.value = Object.fromEntries(Object.entries(errors.value).filter(([name]) => name !== field));
  }

  function settle(server: T): void {
    const { values: merged, conflicts } = mergeValues(sent, values.value, server);
    values.value = withTyped(merged, values.value, conflicts);
    saved.value = copyOf(server);
    errors.value = {};
    problem.value = null;
  }

  return { values, saved, dirty, errors, problem, pending, submit, touched, settle };
}

async function focusFirstError(form: HTMLFormElement): Promise<void> {
  await nextTick();
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}

interface FormValues<T> {
  values: Ref<T>;
  saved: Readonly<Ref<T>>;
  dirty: ComputedRef<boolean>;
}

/** Restores a draft; asks when a field was changed on both sides. */
function useDraft<T extends object>({ key, redact }: Draft<T>, { values, saved, dirty }: FormValues<T>): void {
  const session = useSession();
  const drafts = useDrafts();
  const confirmation = useConfirmation();
  const { t, locale } = useText();
  const owner = session.user?.id;
  const draft = drafts.take<T>(key, owner);
  if (draft !== undefined) onMounted(() => restore(draft));

  async function restore({ base, typed }: { base: T; typed: T }): Promise<void> {
    const { values: merged, conflicts } = mergeValues(base, typed, saved.value);
    values.value = merged;
    if (conflicts.length === 0) return;
    const labels = conflicts.map((path) => t(`field.${path.split('.').at(-1)}` as MessageKey));
    const mine = await confirmation.ask({
      title: t('draft.title'),
      text: t('draft.text', { fields: new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(labels) }),
      confirm: t('draft.mine'),
      cancel: t('draft.theirs'),
      harmless: true,
    });
    if (mine) values.value = withTyped(values.value, typed, conflicts);
  }

  onBeforeUnmount(() => {
    if (!session.sessionExpired || owner === undefined || !dirty.value) return;
    drafts.keep(key, owner, { base: saved.value, typed: redact ? redact(values.value) : values.value });
  });
}

/** The values with these fields, dotted, as they were typed. */
function withTyped<T extends object>(values: T, typed: T, paths: readonly string[]): T {
  const result = copyOf(values);
  for (const path of paths) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const into = (from: object) => keys.reduce<object>((inner, key) => Reflect.get(inner, key), from);
    Reflect.set(into(result), last, Reflect.get(into(typed), last));
  }
  return result;
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function refOf<T extends object>(values: T): Ref<T> {
  return ref(JSON.parse(JSON.stringify(values)));
}

/** Deep-copies the values, which are plain JSON: typing must not change the object they came from. */
function copyOf<T extends object>(values: T): T {
  return JSON.parse(JSON.stringify(values));
}

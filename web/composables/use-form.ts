import {
  computed,
  nextTick,
  onBeforeUnmount,
  ref,
  shallowRef,
  toRaw,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from 'vue';
import { ApiError } from '../api/client';
import { useText } from '../i18n';
import { useDrafts } from '../stores/drafts';
import { useSession } from '../stores/session';
import { useFieldRules } from './use-field-rules';

/** Field errors by the field's name, which is the server's path: `email`, `profile.bio`. */
export type FieldErrors = Record<string, string>;

/** What the parts of a form need to know of the whole. */
export interface FormState {
  errors: Ref<FieldErrors>;
  /** What could not be shown at a field; it stands above the form. */
  problem: Ref<ApiError | null>;
  pending: Ref<boolean>;
  submit: (form: HTMLFormElement) => Promise<void>;
  touched: (field: string) => void;
}

export interface Form<T extends object> extends FormState {
  values: Ref<T>;
  dirty: ComputedRef<boolean>;
  /** Starts over from these values, which then count as saved. */
  reset: (values: T) => void;
}

export interface FormOptions<T extends object> {
  initial: T;
  send: (values: T) => Promise<void>;
  /** Brings back what was written when the session died; `redact` removes what must not be kept, even in memory. */
  draft?: Draft<T>;
}

interface Draft<T> {
  key: string;
  redact?: (values: T) => T;
}

export const formKey: InjectionKey<FormState> = Symbol('form');

/** Codes without `details` that are nevertheless about one field. */
const FIELD_OF_CODE: Record<string, string> = { email_taken: 'email', username_taken: 'username' };

/** A form's life: values, one submission at a time, refusals brought to their fields, nothing lost on failure. */
export function useForm<T extends object>(options: FormOptions<T>): Form<T> {
  const { t } = useText();
  const checkFields = useFieldRules();
  const baseline = shallowRef(JSON.stringify(options.initial));
  const values = copyOf(options.initial);
  const dirty = computed(() => JSON.stringify(values.value) !== baseline.value);
  if (options.draft) useDraft(options.draft, values, dirty);
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
      await options.send(toRaw(values.value));
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
    problem.value = new ApiError(error.status, error.code, message, rest, error.requestId, error.retryAfterSeconds);
  }

  function touched(field: string): void {
    if (field in errors.value)
      errors.value = Object.fromEntries(Object.entries(errors.value).filter(([name]) => name !== field));
  }

  function reset(next: T): void {
    values.value = copyOf(next).value;
    baseline.value = JSON.stringify(next);
    errors.value = {};
    problem.value = null;
  }

  return { values, dirty, errors, problem, pending, submit, touched, reset };
}

async function focusFirstError(form: HTMLFormElement): Promise<void> {
  await nextTick();
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}

function useDraft<T extends object>({ key, redact }: Draft<T>, values: Ref<T>, dirty: ComputedRef<boolean>): void {
  const session = useSession();
  const drafts = useDrafts();
  const owner = session.user?.id;
  const kept = drafts.take(key, owner);
  if (kept !== undefined) values.value = JSON.parse(kept);
  onBeforeUnmount(() => {
    if (!session.ended || owner === undefined || !dirty.value) return;
    drafts.keep(key, owner, JSON.stringify(redact ? redact(values.value) : values.value));
  });
}

/** Values are what JSON can hold, so this copies them whole: typing must never reach what they were made from. */
function copyOf<T extends object>(values: T): Ref<T> {
  return ref(JSON.parse(JSON.stringify(values)));
}

import { computed, inject, useId, type ComputedRef } from 'vue';
import { formKey } from './use-form';

/** Ties one control to its form: its id, its error, and what assistive technology has to know. */
export function useField(field: { name: string; hint?: string | undefined }): {
  id: string;
  error: ComputedRef<string | undefined>;
  aria: ComputedRef<{ 'aria-invalid'?: 'true'; 'aria-describedby'?: string }>;
} {
  const form = inject(formKey);
  if (form === undefined) throw new Error(`The field "${field.name}" is not inside a form.`);
  const id = useId();
  const error = computed(() => form.errors.value[field.name]);
  const aria = computed(() => ({
    ...(error.value === undefined ? {} : { 'aria-invalid': 'true' as const }),
    ...(error.value === undefined && field.hint === undefined ? {} : { 'aria-describedby': `${id}-help` }),
  }));
  return { id, error, aria };
}

import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export interface Question {
  title: string;
  text: string;
  confirm: string;
  cancel: string;
  /** Runs while the dialog is still open, so that a failure is told where the decision was made. */
  run?: () => Promise<void>;
}

/** Asks a question in a modal dialog. One at a time: a second question would hide what the first was about. */
export const useConfirmation = defineStore('confirmation', () => {
  const question = shallowRef<Question | null>(null);
  let settle: ((confirmed: boolean) => void) | undefined;

  function ask(next: Question): Promise<boolean> {
    answer(false);
    question.value = next;
    return new Promise((resolve) => {
      settle = resolve;
    });
  }

  function answer(confirmed: boolean): void {
    question.value = null;
    settle?.(confirmed);
    settle = undefined;
  }

  return { question, ask, answer };
});

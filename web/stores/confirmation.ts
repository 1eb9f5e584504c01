import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export interface ConfirmationRequest {
  title: string;
  text: string;
  confirm: string;
  cancel: string;
  /** Whether the answer destroys nothing. */
  harmless?: boolean;
  /** Runs while the dialog is still open, so that it can show a failure. */
  run?: () => Promise<void>;
}

/** A question whose promise is pending. */
export interface OpenQuestion extends ConfirmationRequest {
  id: number;
  answer: (confirmed: boolean) => void;
}

/** Asks a question in a modal dialog. One at a time: a second question would hide what the first was about. */
export const useConfirmation = defineStore('confirmation', () => {
  const question = shallowRef<OpenQuestion | null>(null);
  let lastId = 0;

  function ask(asked: ConfirmationRequest): Promise<boolean> {
    dismiss();
    return new Promise((resolve) => {
      lastId += 1;
      const id = lastId;
      const answer = (confirmed: boolean): void => {
        if (question.value?.id === id) question.value = null;
        resolve(confirmed);
      };
      question.value = { ...asked, id, answer };
    });
  }

  /** Answers an open question with no. */
  function dismiss(): void {
    question.value?.answer(false);
  }

  return { question, ask, dismiss };
});

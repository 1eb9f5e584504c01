import { defineStore } from 'pinia';
import { useText } from '../i18n';
import { useConfirmation } from './confirmation';

/** The forms on the screen with changes that are not saved, and the question to ask before they are lost. */
export const useUnsaved = defineStore('unsaved', () => {
  const { t } = useText();
  const confirmation = useConfirmation();
  const forms = new Set<() => boolean>();

  /** @returns a function that removes the form from the list. */
  function watchForm(isDirty: () => boolean): () => void {
    forms.add(isDirty);
    return () => forms.delete(isDirty);
  }

  function hasUnsaved(): boolean {
    return [...forms].some((dirty) => dirty());
  }

  /** Asks whether what is not saved may be discarded. Resolves to true at once where everything is saved. */
  async function mayDiscard(isDirty = hasUnsaved): Promise<boolean> {
    if (!isDirty()) return true;
    return confirmation.ask({
      title: t('leave.title'),
      text: t('leave.text'),
      confirm: t('leave.leave'),
      cancel: t('leave.stay'),
    });
  }

  return { watchForm, hasUnsaved, mayDiscard };
});

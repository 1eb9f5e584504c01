import { shallowRef, type ShallowRef } from 'vue';
import { changeInBulk, type BulkAction, type BulkTarget } from '../api/admin';
import { useText } from '../i18n';
import { useConfirmation } from '../stores/confirmation';
import { useToasts } from '../stores/toasts';

export interface Bulk {
  selected: ShallowRef<ReadonlySet<number>>;
  /** Asks, with the number of rows, does it, and says what became of them. */
  run: (action: BulkAction, ids?: readonly number[]) => Promise<void>;
}

/** Actions on the selected rows of a table. `changed` is called afterwards. */
export function useBulk(target: BulkTarget, changed: () => Promise<void>): Bulk {
  const { t, plural } = useText();
  const confirmation = useConfirmation();
  const toasts = useToasts();
  const selected = shallowRef<ReadonlySet<number>>(new Set());

  async function run(action: BulkAction, ids: readonly number[] = [...selected.value]): Promise<void> {
    const rows = plural(`bulk.of.${target}`, ids.length);
    await confirmation.ask({
      title: t(`bulk.${action}.title`, { rows }),
      text: action === 'delete' ? t(`bulk.deleteText.${target}`) : t(`bulk.${action}.text`),
      confirm: t(`bulk.${action}.confirm`, { rows }),
      cancel: t('app.cancel'),
      harmless: action === 'activate' || action === 'publish',
      async run() {
        const { done, failed } = await changeInBulk(target, action, ids);
        if (done.length > 0) toasts.show(t(`bulk.${action}.done`, { rows: plural(`bulk.of.${target}`, done.length) }));
        if (failed.length > 0) {
          const reasons = [...new Set(failed.map(({ error }) => error))].join(' ');
          toasts.show(t('bulk.failed', { rows: plural(`bulk.of.${target}`, failed.length), reasons }));
        }
        selected.value = new Set(failed.map(({ id }) => id));
        await changed();
      },
    });
  }

  return { selected, run };
}

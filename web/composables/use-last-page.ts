import { watch } from 'vue';
import type { Pagination } from '../api/types';
import type { TableState } from './use-table-state';

/** Shows the last page when the address names one behind it: the link is old, or its last row was deleted. */
export function useLastPage(pagination: () => Pagination | undefined, state: TableState): void {
  watch(pagination, async (found) => {
    if (!found || found.pages === 0 || found.current !== state.page.value || found.current <= found.pages) return;
    await state.show({ page: found.pages }, 'replace');
  });
}

import { onBeforeUnmount, onMounted } from 'vue';

/** `/` leads to the search: its field where one can be seen, its page elsewhere. */
export function useSearchShortcut(open: () => void): void {
  function onKeydown(event: KeyboardEvent): void {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    const fields = document.querySelectorAll<HTMLInputElement>('form[role=search] input[name=q]');
    const field = [...fields].find((one) => one.checkVisibility());
    if (field) field.select();
    else open();
  }

  onMounted(() => addEventListener('keydown', onKeydown));
  onBeforeUnmount(() => removeEventListener('keydown', onKeydown));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

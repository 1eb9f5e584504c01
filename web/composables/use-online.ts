import { onBeforeUnmount, onMounted, readonly, ref, type Ref } from 'vue';

/** Whether the browser believes it has a network. */
export function useOnline(): Readonly<Ref<boolean>> {
  const online = ref(true); // until the first view is there: the server cannot know
  const update = (): void => {
    online.value = navigator.onLine;
  };
  onMounted(() => {
    update();
    addEventListener('online', update);
    addEventListener('offline', update);
  });
  onBeforeUnmount(() => {
    removeEventListener('online', update);
    removeEventListener('offline', update);
  });
  return readonly(online);
}

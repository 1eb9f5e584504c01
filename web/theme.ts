import { onMounted, readonly, ref, type Ref } from 'vue';
import { readStored, store } from './storage';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'allium.theme';
const theme = ref<Theme>('system');

/** The chosen theme, for the switch; the colors themselves are in the style sheets. */
export function useTheme(): { theme: Readonly<Ref<Theme>>; chooseTheme: (next: Theme) => void } {
  onMounted(() => {
    theme.value = rememberedTheme(); // the server does not know it
  });
  return { theme: readonly(theme), chooseTheme };
}

/** The shell's inline script does the same before the first paint; this follows a choice made later. */
function chooseTheme(next: Theme): void {
  theme.value = next;
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  store('localStorage', STORAGE_KEY, next);
}

function rememberedTheme(): Theme {
  const stored = readStored('localStorage', STORAGE_KEY);
  return THEMES.find((known) => known === stored) ?? 'system';
}

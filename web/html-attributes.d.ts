export type { HTMLAttributes } from 'vue';

/** Attributes of today's HTML that Vue's own types do not know yet. */
declare module 'vue' {
  interface HTMLAttributes {
    autofocus?: boolean | undefined;
    popover?: 'auto' | 'manual' | '' | undefined;
    onBeforetoggle?: ((event: ToggleEvent) => void) | undefined;
    'data-label'?: string | undefined;
  }

  interface ButtonHTMLAttributes {
    popovertarget?: string | undefined;
  }
}

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const marks = HighlightStyle.define([
  { tag: tags.heading, fontWeight: '600', color: 'var(--ink)' },
  { tag: tags.strong, fontWeight: '700' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: [tags.link, tags.url], color: 'var(--accent-strong)' },
  { tag: tags.monospace, color: 'var(--accent-strong)' },
  { tag: [tags.processingInstruction, tags.contentSeparator, tags.labelName], color: 'var(--ink-soft)' },
]);

const look = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'var(--ink)', fontSize: '1.0625rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-sans)', lineHeight: '1.75', overflowX: 'hidden' },
  '.cm-content': { padding: 'var(--space-4) 0', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0 2px' },
  '.cm-placeholder': { color: 'var(--ink-soft)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': {
    backgroundColor: 'var(--accent-wash)',
  },
  '.cm-gutters': { backgroundColor: 'transparent', border: '0' },
  '.cm-collapsedLines': { background: 'var(--sunken)', color: 'var(--ink-soft)' },
  '.cm-deletedChunk, .cm-merge-a .cm-changedLine': { backgroundColor: 'var(--danger-wash)' },
  '.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--accent-wash)' },
});

/** How our editors look, and the nonce by which the page may have their styles. */
export function editorTheme(): Extension {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
  return [nonce ? EditorView.cspNonce.of(nonce) : [], look, syntaxHighlighting(marks), EditorView.lineWrapping];
}

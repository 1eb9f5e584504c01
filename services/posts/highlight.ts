const BEFORE = 40;
const FRAGMENT = 160;

/** A fragment of the text around the first hit, escaped for HTML, with every hit in <mark>. */
export function highlight(text: string, words: readonly string[]): string {
  const pattern = new RegExp(words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gi');
  const start = Math.max(0, text.search(pattern) - BEFORE);
  const fragment = text
    .slice(start, start + FRAGMENT)
    .toWellFormed()
    .replaceAll('\ufffd', '');
  let html = start > 0 ? '…' : '';
  let end = 0;
  for (const match of fragment.matchAll(pattern)) {
    html += `${escapeHtml(fragment.slice(end, match.index))}<mark>${escapeHtml(match[0])}</mark>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(fragment.slice(end)) + (start + FRAGMENT < text.length ? '…' : '');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

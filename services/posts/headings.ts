/** So that no heading has the id of another part of the page. */
const PREFIX = 'section-';
const MAX_LENGTH = 60;

/** A heading of the second or third level. */
export interface TocEntry {
  /** Of the element. */
  id: string;
  text: string;
  level: 2 | 3;
}

/** Makes ids of headings, unique within one text: letters and digits of any script, joined by hyphens. */
export function createHeadingIds(): (text: string) => string {
  /** The last number that was appended to each id. */
  const numbers = new Map<string, number>();
  return function idOf(text) {
    const name = text
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
      .slice(0, MAX_LENGTH)
      .toWellFormed()
      .replaceAll(/^-|-$|\ufffd/g, '');
    const base = PREFIX + (name || 'untitled');
    let number = numbers.get(base) ?? 1;
    let id = base;
    while (numbers.has(id)) {
      number += 1;
      id = `${base}-${number}`;
    }
    numbers.set(base, number);
    if (id !== base) numbers.set(id, 1);
    return id;
  };
}

const HEADING = /<h([23]) id="([^"]*)">([^]*?)<\/h\1>/g;
const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };

/** The headings of a rendered post. @param html as `renderMarkdown` has made it: text between tags has no `<`. */
export function tableOfContents(html: string): TocEntry[] {
  return [...html.matchAll(HEADING)].map(([, level, id = '', content = '']) => ({
    id,
    text: textOf(content),
    level: level === '2' ? 2 : 3,
  }));
}

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

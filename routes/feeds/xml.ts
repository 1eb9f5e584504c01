/** A piece of XML: what is put into it is escaped unless it is one itself. */
export class Xml {
  constructor(readonly text: string) {}
}

/** What XML 1.0 cannot hold in any form (section 2.2): most control characters, single surrogates, two noncharacters. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;', // a plain one would be read as \n
};

/** A template for XML: `xml\`<title>${title}</title>\``. */
export function xml(parts: TemplateStringsArray, ...values: readonly (string | Xml | readonly Xml[])[]): Xml {
  return new Xml(parts.reduce((text, part, index) => text + xmlOf(values[index - 1] ?? '') + part));
}

function xmlOf(value: string | Xml | readonly Xml[]): string {
  if (value instanceof Xml) return value.text;
  if (typeof value === 'string') {
    return value.replace(FORBIDDEN, '\u{FFFD}').replace(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? '');
  }
  return value.map(({ text }) => text).join('');
}

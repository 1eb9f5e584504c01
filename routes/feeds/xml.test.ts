import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { parseXml } from '../../tests/support/xml.js';
import { xml } from './xml.js';

it.each([
  [']]> <b>&amp;', ']]> <b>&amp;'],
  ['"double" and \'single\'', '"double" and \'single\''],
  ['\0\u0001\u000b\u001f', '\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}'],
  ['\ud800 single \udc00', '\u{FFFD} single \u{FFFD}'],
  ['\ufffe\uffff', '\u{FFFD}\u{FFFD}'],
  ['a pair 😀 and \u202emoor\u202c', 'a pair 😀 and \u202emoor\u202c'],
  ['tab\tline\r\nend', 'tab\tline\r\nend'],
])('puts %j into a document that a strict parser reads', (text, read) => {
  const { attributes, children } = parseXml(xml`<a><b>${text}</b></a>`.text);

  expect(attributes).toEqual({});
  expect(children.map((child) => child.text)).toEqual([read]);
});

it('puts any text into an attribute or an element without breaking the document', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      const element = parseXml(xml`<a b="${text}">${text}</a>`.text);
      expect(element.children).toEqual([]);
      expect(Object.keys(element.attributes)).toEqual(['b']);
    }),
  );
});

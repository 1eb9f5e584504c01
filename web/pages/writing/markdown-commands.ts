import { EditorSelection, type ChangeSpec, type StateCommand } from '@codemirror/state';

/** Puts marks around each selection, or takes them away. */
export function wrap(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    const change = state.changeByRange(({ from, to }) => {
      const { length } = mark;
      const isMarked =
        state.sliceDoc(from - length, from) === mark &&
        state.sliceDoc(to, to + length) === mark &&
        // One of two stars is no mark of its own.
        (length > 1 || state.sliceDoc(from - 2, from) !== mark.repeat(2));
      return isMarked
        ? {
            changes: [
              { from: from - length, to: from },
              { from: to, to: to + length },
            ],
            range: EditorSelection.range(from - length, to - length),
          }
        : {
            changes: [
              { from, insert: mark },
              { from: to, insert: mark },
            ],
            range: EditorSelection.range(from + length, to + length),
          };
    });
    dispatch(state.update(change, { userEvent: 'input', scrollIntoView: true }));
    return true;
  };
}

/** Begins each selected line with a mark, or takes it away when all have it. */
export function prefix(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    const { from, to } = state.selection.main;
    const lines = [];
    for (let { number } = state.doc.lineAt(from); number <= state.doc.lineAt(to).number; number += 1) {
      lines.push(state.doc.line(number));
    }
    const isMarked = lines.every(({ text }) => text.startsWith(mark));
    const changes = lines.map((line): ChangeSpec =>
      isMarked ? { from: line.from, to: line.from + mark.length } : { from: line.from, insert: mark },
    );
    const set = state.changes(changes);
    dispatch(
      state.update({ changes: set, selection: state.selection.map(set, 1), userEvent: 'input', scrollIntoView: true }),
    );
    return true;
  };
}

/** No heading, a heading, a heading below it, and none again. */
export const heading: StateCommand = ({ state, dispatch }) => {
  const { from, text } = state.doc.lineAt(state.selection.main.head);
  const { length } = /^#+ /.exec(text)?.[0] ?? '';
  const insert = length === 0 ? '## ' : length === 3 ? '### ' : '';
  const changes = state.changes({ from, to: from + length, insert });
  dispatch(state.update({ changes, selection: state.selection.map(changes, 1), userEvent: 'input' }));
  return true;
};

/** Makes a link of the selection, and selects what is still to be typed. */
export const link: StateCommand = ({ state, dispatch }) => {
  const { from, to } = state.selection.main;
  const selected = state.sliceDoc(from, to);
  const isAddress = /^https?:\/\/\S+$/.test(selected);
  const insert = isAddress ? `[](${selected})` : `[${selected}](https://)`;
  const begin = from + (isAddress ? 1 : selected.length + 3);
  const selection = isAddress || selected === '' ? { anchor: from + 1 } : { anchor: begin, head: begin + 8 };
  dispatch(state.update({ changes: { from, to, insert }, selection, userEvent: 'input', scrollIntoView: true }));
  return true;
};

/** Of one line a part of it, of several a block. */
export const code: StateCommand = (target) => {
  const { state, dispatch } = target;
  const { from, to } = state.selection.main;
  const selected = state.sliceDoc(from, to);
  if (!selected.includes('\n')) return wrap('`')(target);
  const insert = `\`\`\`\n${selected}\n\`\`\``;
  dispatch(state.update({ changes: { from, to, insert }, selection: { anchor: from + 3 }, userEvent: 'input' }));
  return true;
};

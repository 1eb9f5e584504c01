const WIDTH = 28;
/** Between two drawings on a terminal, and between two lines elsewhere. */
const REDRAW_MS = 100;
const LINE_MS = 5_000;

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** One line that grows on a terminal; elsewhere, as in a log, a line now and then. */
export function createProgress(output: Output) {
  const began = new Map<string, number>();
  let shown = 0;
  let open = false;

  return {
    show(what: string, done: number, total: number): void {
      const now = performance.now();
      const start = began.get(what) ?? now;
      began.set(what, start);
      const complete = done === total;
      if (!complete && now - shown < (output.isTTY ? REDRAW_MS : LINE_MS)) return;
      shown = now;
      const rate = now > start ? `${Math.round((done / (now - start)) * 1_000).toLocaleString('en')}/s` : '';
      const share = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${what}`;
      if (!output.isTTY) {
        output.write(`${share} ${rate}\n`);
        return;
      }
      const filled = Math.round((done / total) * WIDTH);
      output.write(`\r\u001b[K${'━'.repeat(filled)}${'┄'.repeat(WIDTH - filled)} ${share} ${rate}`);
      open = !complete;
      if (complete) output.write('\n');
    },
    /** Leaves the line, if one is begun. */
    end(): void {
      if (open) output.write('\n');
      open = false;
    },
  };
}

import type { CliText } from '../../views/locales/cli.js';

const WIDTH = 28;
/** Between two drawings on a terminal, and between two lines elsewhere. */
const REDRAW_MS = 100;
const LINE_MS = 5_000;

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Shows a progress bar on a terminal; elsewhere, as in a log, writes a line every few seconds.
 *
 * @param text the names of the steps, and the sentence around them.
 */
export function createProgress(
  output: Output,
  text: { steps: Readonly<Record<string, string>>; progress: CliText['seed']['progress'] },
) {
  const began = new Map<string, number>();
  let shown = 0;
  let open = false;

  return {
    show(step: string, done: number, total: number): void {
      const now = performance.now();
      const start = began.get(step) ?? now;
      began.set(step, start);
      const complete = done === total;
      if (!complete && now - shown < (output.isTTY ? REDRAW_MS : LINE_MS)) return;
      shown = now;
      const rate = now > start ? `${Math.round((done / (now - start)) * 1_000).toLocaleString('en')}/s` : '';
      const share = text.progress(done.toLocaleString('en'), total.toLocaleString('en'), text.steps[step] ?? step);
      if (!output.isTTY) {
        output.write(`${share} ${rate}\n`);
        return;
      }
      const filled = Math.round((done / total) * WIDTH);
      output.write(`\r\u001b[K${'━'.repeat(filled)}${'┄'.repeat(WIDTH - filled)} ${share} ${rate}`);
      open = !complete;
      if (complete) output.write('\n');
    },
    /** Ends the line of an unfinished bar. */
    end(): void {
      if (open) output.write('\n');
      open = false;
    },
  };
}

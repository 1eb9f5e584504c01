import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line of figures, which CI and people look for. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      for (const state of states) if (state !== 'pending') count[state] += 1;
      // A file that does not load, or whose set-up fails, runs no test at all.
      if (!module.ok() && !states.includes('failed')) count.failed += 1;
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}

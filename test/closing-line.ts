import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with one line for programs: `N passed, N failed, N skipped`. Lists skipped tests with the reason. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const result = test.result();
        counts[result.state === 'pending' ? 'skipped' : result.state]++;
        if (result.state === 'skipped') {
          const reason = result.note ?? test.fullName;
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
      // A file that could not be loaded has no tests to count, and must not look like an empty one.
      if (module.errors().length > 0) counts.failed++;
    }
    // After the default reporter's summary.
    setImmediate(() => {
      for (const [reason, count] of reasons) process.stdout.write(`skipped ${count}: ${reason}\n`);
      process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    });
  }
}

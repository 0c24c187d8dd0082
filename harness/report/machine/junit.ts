import junitReportBuilder from 'junit-report-builder';
import { isMeasured } from '../../model/report.ts';
import type { Exporter } from '../exporter.ts';
import { ledgerLine } from '../text/cell-lines.ts';
import type { ReportView } from '../view.ts';

/**
 * JUnit XML: a suite for each scenario and profile; a testcase for each cell's ledger, each expectation
 * and each gate. A skipped cell is a skipped testcase with its reason, a failed one an error.
 */
export const junit: Exporter = { format: 'junit', fileName: 'junit.xml', render };

/** The package's types describe an ES module, what Node loads is its CommonJS form: the builder itself. */
const builder = junitReportBuilder as unknown as typeof junitReportBuilder.default;
type TestCase = ReturnType<typeof builder.testCase>;

function render(view: ReportView): string {
  const report = builder.newBuilder();
  report.name('timewait-lab');
  for (const scenario of view.scenarios) {
    for (const column of scenario.columns) {
      const suite = report.testSuite().name(clean(`${scenario.name} ${column.profile}`));
      suite.timestamp(new Date(view.report.run.startedAt));
      const add = (cell: { id: string; repetition: number }, name: string): TestCase => {
        const suffix = column.cells.length > 1 ? ` (repetition ${cell.repetition})` : '';
        const test = suite.testCase().className(clean(`${scenario.name}.${column.profile}`));
        return test.name(clean(name + suffix));
      };
      for (const cell of column.cells) {
        if (!isMeasured(cell)) {
          const test = add(cell, 'measured');
          if (cell.verdict === 'skipped') test.skipped().standardOutput(cdata(cell.reason));
          else test.error(clean(cell.reason), 'failed');
        } else {
          const ledger = add(cell, 'the ledger balances').time(cell.load.durationMs / 1000);
          if (!cell.ledger.closes) ledger.failure(clean(ledgerLine(cell)), 'invalid');
          for (const { text, holds, observed } of cell.expectations) {
            const test = add(cell, text);
            if (!holds) test.failure(clean(observed), 'expectation');
          }
        }
        for (const { gate, state, observed } of view.gates.filter((result) => result.cell === cell.id)) {
          const test = add(cell, `gate: ${gate}`);
          if (state === 'broken') test.failure(clean(observed), 'gate');
          if (state === 'skipped') test.skipped().standardOutput(cdata(observed));
        }
      }
    }
  }
  return report.build();
}

/** The builder writes output as a CDATA section, which the text must not end. */
function cdata(text: string): string {
  return clean(text).replaceAll(']]>', ']] >');
}

/** XML 1.0 cannot represent control characters, escaped or not. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '?');
}

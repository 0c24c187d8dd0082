import { compareProfiles } from '../../harness/analysis/compare/compare-profiles.ts';
import { timelineCollector } from '../../harness/analysis/journal/timelines.ts';
import type { Report } from '../../harness/model/report.ts';
import { type ReportView, reportView } from '../../harness/report/view.ts';
import { sampleJournal } from './journal.ts';
import { sampleReport } from './report.ts';

/** The view of a whole run: report and journal that belong together. */
export function sampleRunView(over: Partial<Report> = {}, seconds = 12, hz = 10): ReportView {
  const report = sampleReport(over);
  report.comparisons = compareProfiles(report.cells);
  const collector = timelineCollector();
  for (const cell of report.cells) {
    if (cell.verdict === 'skipped') continue;
    for (const line of sampleJournal(cell.id, { seconds, hz, reuse: cell.profile.includes('reuse-1') }))
      collector.add(line);
  }
  return reportView(report, collector.result());
}

import { type Report, reportVersion } from '../model/report.ts';
import { cellReport } from './cell-report.ts';
import type { RunRecord } from './collect.ts';
import { compareProfiles } from './compare-profiles.ts';
import { recommend } from './recommend.ts';

/** report.json from a run's journal. Pure: the same journal always gives the same report. */
export function runReport(record: RunRecord): Report {
  const { run } = record;
  const cells = record.cells.map((cell) => cellReport(cell, run.host));
  return {
    schemaVersion: reportVersion,
    run: {
      id: run.id,
      startedAt: run.startedAt,
      durationMs: record.lastAt,
      command: run.command,
      gitSha: run.gitSha,
      form: run.form,
      interrupted: record.interrupted,
    },
    host: run.host,
    cells,
    comparisons: compareProfiles(cells),
    recommendations: recommend(cells),
  };
}

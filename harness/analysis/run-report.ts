import { type Report, reportVersion } from '../model/report.ts';
import { recommend } from './advice/recommend.ts';
import { cellReport } from './cell/cell-report.ts';
import { compareProfiles } from './compare/compare-profiles.ts';
import { checkGates, firstProfileBaseline } from './gates/gate.ts';
import type { RunRecord } from './journal/collect.ts';
import { fitsOf } from './observation/fit.ts';

/** report.json from a run's journal. Pure: the same journal always gives the same report. */
export function runReport(record: RunRecord): Report {
  const { run } = record;
  const cells = record.cells.map((cell) => cellReport(cell, run.host));
  const fits = fitsOf(record.cells, cells);
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
    ...(fits.length > 0 && { fits }),
    ...(run.gates && { gates: checkGates(run.gates, cells, firstProfileBaseline(cells)) }),
  };
}

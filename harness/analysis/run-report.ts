import { type Report, reportVersion } from '../model/report.ts';
import { cellReport } from './cell-report.ts';
import type { RunRecord } from './collect.ts';

/** report.json from a run's journal. Pure: the same journal always gives the same report. */
export function runReport(record: RunRecord): Report {
  const { run } = record;
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
    cells: record.cells.map((cell) => cellReport(cell, run.host.kernelHz)),
    comparisons: [],
    recommendations: [],
  };
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KernelRun } from '../analysis/kernels/side-by-side.ts';
import type { KernelColumn } from '../model/kernels-record.ts';
import { journalFileName } from '../run/journal.ts';
import { readRunFolder } from '../run/run-reader.ts';
import { usualFormats, writeReports } from './write-reports.ts';

/**
 * The runs of the columns, from their journals. A column that failed in the middle has a journal and no reports: they
 * are written here, with what was measured until then.
 */
export async function readKernelRuns(out: string, columns: readonly KernelColumn[]): Promise<KernelRun[]> {
  return Promise.all(
    columns.map(async (column) => {
      const folder = join(out, column.label);
      const journal = await stat(join(folder, journalFileName)).catch(() => null);
      if (journal === null || journal.size === 0) return { column, report: null };
      try {
        const { report, view } = (await readRunFolder(folder)).result();
        if (column.state === 'failed') await writeReports(folder, view, { formats: usualFormats, replace: true });
        return { column, report };
      } catch {
        // The column's own reason says what happened; a journal without a whole line adds nothing.
        return { column, report: null };
      }
    }),
  );
}

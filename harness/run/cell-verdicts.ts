import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type CellHost, cellReport } from '../analysis/cell/cell-report.ts';
import { RunCollector } from '../analysis/journal/collect.ts';
import { JournalLine } from '../model/journal.ts';
import type { CellReport } from '../model/report.ts';
import type { Journal } from './journal.ts';

/**
 * The report of each cell as soon as it has ended, by the same analysis as the run's. Its lines are read back from the
 * journal, so that nothing is kept in memory while a cell runs.
 */
export class CellVerdicts {
  private readonly beganAt = new Map<string, number>();
  private readonly reading: Promise<void>[] = [];

  constructor(journal: Journal, host: CellHost, onCell: (report: CellReport) => void) {
    journal.onLine((line, at) => {
      if (line.type === 'cell') this.beganAt.set(line.cell, at);
      if (line.type !== 'cell-end') return;
      const range = { from: this.beganAt.get(line.cell) ?? 0, to: journal.size };
      const read = readCell(journal.file, line.cell, range, host).then(onCell);
      read.catch(() => {});
      this.reading.push(read);
    });
  }

  /** Resolves when the reports of all ended cells are done. One that cannot be read is an error of the run's report. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.reading);
  }
}

/** One cell's report from the bytes of a journal between its first and its last line. */
async function readCell(
  file: string,
  id: string,
  { from, to }: { from: number; to: number },
  host: CellHost,
): Promise<CellReport> {
  const collector = new RunCollector();
  const own = `"cell":${JSON.stringify(id)}`;
  for await (const text of createInterface({ input: createReadStream(file, { start: from, end: to - 1 }) })) {
    // Lines of other cells need not be parsed.
    if (text.includes(own)) collector.add(JournalLine.parse(JSON.parse(text)));
  }
  const record = collector.cell(id);
  if (record === undefined) throw new Error(`the journal has no cell ${id}`);
  return cellReport(record, host);
}

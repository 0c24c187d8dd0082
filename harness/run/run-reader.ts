import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunCollector } from '../analysis/journal/collect.ts';
import { JournalParser } from '../analysis/journal/read-journal.ts';
import { timelineCollector } from '../analysis/journal/timelines.ts';
import { runReport } from '../analysis/run-report.ts';
import { exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { JournalLine } from '../model/journal.ts';
import type { Report } from '../model/report.ts';
import { type ReportView, reportView } from '../report/view.ts';
import { boundedLines } from './bounded-lines.ts';
import { journalFileName } from './journal.ts';

/** Journal lines in, report and view out; the same for a run that just ended and for one read from its folder. */
export class RunReader {
  private readonly collector = new RunCollector();
  private readonly timelines = timelineCollector();

  /** Whether the first line of every journal is there, without which there is no result. */
  hasRunLine = false;

  add(line: JournalLine): void {
    this.hasRunLine ||= line.type === 'run';
    this.collector.add(line);
    this.timelines.add(line);
  }

  /** Errors: NO_RUN_LINE (exit 2) when the journal's first line never came. */
  result(): { report: Report; view: ReportView } {
    const record = this.collector.result();
    if (record === null) {
      throw new HarnessError('NO_RUN_LINE', 'the journal does not start with a run line', { exitCode: exitCode.usage });
    }
    const report = runReport(record);
    return { report, view: reportView(report, this.timelines.result()) };
  }
}

/** How many broken lines are listed; the rest are only counted. */
const namedLines = 5;
/** The longest line, that of the run with the plan of every cell, has some hundred KiB. */
const mostLineMiB = 16;
const tooLong = {
  ok: false,
  message: `longer than ${mostLineMiB} MiB`,
  hint: 'only the lab writes a journal, one JSON object per line',
  isCut: false,
} as const;

/**
 * Reads DIR/journal.ndjson and checks every line against the schema. An incomplete last line, as after a kill, is
 * ignored; any other broken line is an issue. Errors: exit 2.
 */
export async function readRunFolder(folder: string): Promise<RunReader> {
  const file = join(folder, journalFileName);
  const known = await stat(file).catch(() => null);
  if (known === null || !known.isFile()) {
    throw validationError([
      {
        field: folder,
        message: `contains no ${journalFileName}`,
        hint: 'name the folder of a run, such as results/RUN',
      },
    ]);
  }
  const reader = new RunReader();
  const parser = new JournalParser(file);
  const issues: ValidationIssue[] = [];
  let broken = 0;
  let held: { text: string | null; number: number } | null = null;
  let number = 0;
  const take = ({ text, number: at }: { text: string | null; number: number }, isLast: boolean) => {
    const read = text === null ? tooLong : parser.parse(text);
    if (read.ok) reader.add(read.line);
    else if (!(isLast && read.isCut)) {
      broken++;
      if (broken <= namedLines) issues.push({ field: `${file}:${at}`, message: read.message, hint: read.hint });
    }
  };
  for await (const text of boundedLines(file, mostLineMiB * 2 ** 20)) {
    number++;
    if (held !== null) take(held, false);
    held = { text, number };
  }
  if (held !== null) take(held, true);
  if (issues.length > 0) {
    const more = broken - issues.length;
    if (more > 0) issues.push({ field: file, message: `and ${more} more broken lines` });
    throw validationError(issues);
  }
  if (!reader.hasRunLine) {
    const hint = 'the run ended before it began, or the file was cut';
    throw validationError([{ field: `${file}:1`, message: 'the journal does not start with a run line', hint }]);
  }
  return reader;
}

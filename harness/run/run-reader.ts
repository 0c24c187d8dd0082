import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RunCollector } from '../analysis/journal/collect.ts';
import { scheduleApart } from '../analysis/journal/schedule-before.ts';
import { timelineCollector } from '../analysis/journal/timelines.ts';
import { runReport } from '../analysis/run-report.ts';
import { exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import { JournalLine, journalVersion } from '../model/journal.ts';
import type { Report } from '../model/report.ts';
import { type ReportView, reportView } from '../report/view.ts';
import { journalFileName } from './journal.ts';

/** Journal lines in, report and view out; the same for a run that just ended and for one read from its folder. */
export class RunReader {
  private readonly collector = new RunCollector();
  private readonly timelines = timelineCollector();

  add(written: JournalLine): void {
    const line = scheduleApart(written);
    this.collector.add(line);
    this.timelines.add(line);
  }

  /** Errors: NO_RUN_LINE (exit 2) when the journal's first line never came. */
  result(): { report: Report; view: ReportView } {
    const record = this.collector.result();
    if (record === null) {
      throw new HarnessError('NO_RUN_LINE', 'the journal does not begin with a run', { exitCode: exitCode.usage });
    }
    const report = runReport(record);
    return { report, view: reportView(report, this.timelines.result()) };
  }
}

/** How many broken lines are named before the rest is only counted. */
const namedLines = 5;

/**
 * Reads DIR/journal.ndjson, checking every line against the schema. A last line that was cut short by a kill
 * is left out; any other broken line is an issue. Errors: exit 2.
 */
export async function readRunFolder(folder: string): Promise<RunReader> {
  const file = join(folder, journalFileName);
  const known = await stat(file).catch(() => null);
  if (known === null || !known.isFile()) {
    throw validationError([
      { field: folder, message: `no ${journalFileName} there`, hint: 'name the folder of a run, such as results/RUN' },
    ]);
  }
  const reader = new RunReader();
  const issues: ValidationIssue[] = [];
  let held: { text: string; number: number } | null = null;
  let number = 0;
  const take = ({ text, number: at }: { text: string; number: number }, isLast: boolean) => {
    const broken = addLine(reader, text);
    if (broken === null || (isLast && broken.cut)) return;
    issues.push({ field: `${file}:${at}`, message: broken.message, hint: broken.hint });
  };
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number++;
    if (held !== null) take(held, false);
    held = { text, number };
  }
  if (held !== null) take(held, true);
  if (issues.length > 0) {
    const more = issues.length - namedLines;
    const named = issues.slice(0, namedLines);
    if (more > 0) named.push({ field: file, message: `and ${more} more broken lines` });
    throw validationError(named);
  }
  return reader;
}

function addLine(reader: RunReader, text: string): { message: string; hint: string; cut: boolean } | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { message: 'not JSON', hint: 'a journal is written by the lab alone, one JSON object a line', cut: true };
  }
  const parsed = JournalLine.safeParse(json);
  if (parsed.success) {
    reader.add(parsed.data);
    return null;
  }
  const version = (json as { journalVersion?: unknown } | null)?.journalVersion;
  if (typeof version === 'number' && version !== journalVersion) {
    const hint = `this version of the lab reads journals of version ${journalVersion}`;
    return { message: `a journal of version ${version}`, hint, cut: false };
  }
  const [issue] = parsed.error.issues;
  const message = `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'does not fit the schema'}`;
  return { message, hint: 'schemas/journal-line.json says what a line looks like', cut: false };
}

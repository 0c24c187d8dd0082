import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type HistoryLine, historyLine, readHistory, trends } from '../analysis/compare/history.ts';
import { observationHistoryLine } from '../analysis/observation/compare-observations.ts';
import { readObservations } from '../cli/named-observations.ts';
import { readNamedFile, readReports } from '../cli/report-files.ts';
import { type ExitCode, exitCode, validationError } from '../model/errors.ts';
import { changeText, trendPage } from '../report/html/trend-page.ts';
import { appendToFile, makeFolder, writeWholeFile } from '../rights/safe-files.ts';

export interface HistoryArguments {
  action: 'add' | 'show' | 'html';
  /** For `add`: run folders or report.json files. */
  runs: readonly string[];
  /** The history, append-only JSONL. Default results/history.jsonl. */
  file: string;
  /** For `html`: the page to write. Default: next to the history. */
  out?: string | undefined;
  /** Number of most recent runs to show. */
  last?: string | undefined;
}

/** `history add RUN | show | html`: the trend across runs, kept in a file. */
export async function historyCommand(args: HistoryArguments): Promise<ExitCode> {
  const last = readLast(args.last);
  if (args.action === 'add') return add(args);
  const history = readHistory(await readNamedFile(args.file, 'the history'), args.file).slice(-last);
  const all = trends(history);
  if (args.action === 'html') {
    const out = args.out ?? args.file.replace(/(\.jsonl)?$/, '.html');
    const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
    writeWholeFile(out, trendPage(all, hash));
    process.stdout.write(`${out}\n`);
    return exitCode.ok;
  }
  const changes = all.flatMap((trend) => trend.changes.map((change) => changeText(trend, change)));
  const lines = [...history.map(summary), ...(changes.length > 0 ? ['', 'changes of level:', ...changes] : [])];
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCode.ok;
}

/** `--last N`; absent: all. */
function readLast(text: string | undefined): number {
  if (text === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  const message = `'${text}' is not a valid number of runs`;
  throw validationError([{ field: '--last', message, hint: 'a whole number, 1 or more' }]);
}

async function add({ runs, file }: HistoryArguments): Promise<ExitCode> {
  if (runs.length === 0)
    throw validationError([{ field: 'runs', message: 'name the run to add', hint: 'history add results/RUN' }]);
  const observations = await readObservations(runs);
  const added = observations?.map(observationHistoryLine) ?? (await readReports(runs)).map(historyLine);
  const before = existsSync(file) ? await readNamedFile(file, 'the history') : '';
  const known = new Set(readHistory(before, file).map((line) => line.run));
  const lines = added.filter(({ run }) => !known.has(run) && known.add(run));
  makeFolder(dirname(file));
  // Ends a line that a crash cut short, so that the new lines stay intact.
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  if (lines.length > 0) appendToFile(file, `${end}${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`);
  process.stdout.write(
    `${lines.length} of ${added.length} ${observations === null ? 'runs' : 'observations'} added to ${file}\n`,
  );
  return exitCode.ok;
}

function summary({ startedAt, run, gitSha, series }: HistoryLine): string {
  const verdicts = series.map(({ scenario, profile, verdict }) => `${scenario} ${profile} ${verdict}`);
  return `${startedAt.slice(0, 16).replace('T', ' ')}  ${run}  ${gitSha?.slice(0, 10) ?? '-'}  ${verdicts.join(', ')}`;
}

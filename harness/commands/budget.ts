import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readReport } from '../analysis/journal/read-report.ts';
import { type BudgetQuestion, budgetAnswer } from '../analysis/observation/budget-plan.ts';
import { isObservation, observationFileName, readObservation } from '../analysis/observation/read-observation.ts';
import { type BudgetArguments, budgetQuestion } from '../cli/budget-arguments.ts';
import { readNamedFile } from '../cli/report-files.ts';
import { type ExitCode, exitCode, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Observation } from '../model/observation.ts';
import { isMeasured, type Report } from '../model/report.ts';
import { budgetText } from '../report/text/budget-text.ts';

/** `budget`: what the settings allow, without a run, and which single change buys the most. */
export async function budgetCommand(
  args: BudgetArguments & { from?: string | undefined; json: boolean },
): Promise<ExitCode> {
  const issues: ValidationIssue[] = [];
  const from = args.from === undefined ? {} : await figuresOf(args.from);
  const question = budgetQuestion(args, from, issues);
  if (question === null) throw validationError(issues);
  const answer = budgetAnswer(question);
  process.stdout.write(args.json ? `${JSON.stringify(answer)}\n` : budgetText(answer));
  return exitCode.ok;
}

/** Figures of an observation or a run, by folder or file. */
async function figuresOf(path: string): Promise<Partial<BudgetQuestion>> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const observed = join(path, observationFileName);
  const file = !isFolder
    ? path
    : (await stat(observed).catch(() => null)) === null
      ? join(path, 'report.json')
      : observed;
  const text = await readNamedFile(file, 'the run or observation');
  return isObservation(text) ? ofObservation(readObservation(text, file)) : ofReport(readReport(text, file), file);
}

function ofObservation({ destinations, ports, settings }: Observation): Partial<BudgetQuestion> {
  const [fullest] = destinations;
  const buckets = settings['net.ipv4.tcp_max_tw_buckets'];
  const rate = fullest?.demandPerSec ?? fullest?.openedPerSec ?? 0;
  return {
    ports: ports.usable,
    reuse: settings['net.ipv4.tcp_tw_reuse'] === '1',
    reuseDelayMs: Number(settings['net.ipv4.tcp_tw_reuse_delay'] ?? 1000),
    ...(buckets != null && { buckets: Number(buckets) }),
    ...(fullest !== undefined && { closes: fullest.closesFirst === 'there' ? 'server' : 'client' }),
    ...(rate > 0 && { rate }),
  };
}

/** The first measured cell that has a budget. */
function ofReport({ cells }: Report, file: string): Partial<BudgetQuestion> {
  const cell = cells.filter(isMeasured).find(({ budget }) => budget !== null);
  if (cell?.budget == null) {
    throw validationError([
      { field: file, message: 'no cell of it has a port budget', hint: 'give --rate and --range' },
    ]);
  }
  const { ports, destinations, sources } = cell.budget;
  const { offered, achieved } = cell.load.rate;
  const rate = offered ?? achieved;
  return {
    ports,
    destinations,
    sources,
    closes: cell.load.closePolicy === 'server-fin' ? 'server' : 'client',
    ...(rate !== null && rate > 0 && { rate }),
  };
}

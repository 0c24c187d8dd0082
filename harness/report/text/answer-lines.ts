import pc from 'picocolors';
import { duration } from '../../model/figure.ts';
import { labCommand } from '../../model/lab-command.ts';
import { type Answer, answersOf } from '../answer/answer.ts';
import { checksText, outcomeOf } from '../answer/outcome.ts';
import { unusualRights } from '../program-rights.ts';
import type { ReportView } from '../view.ts';
import { plainTable, wrap } from './layout.ts';
import { paint, type TerminalOptions } from './terminal.ts';

type Colours = ReturnType<typeof pc.createColors>;

export interface AnswerOptions extends TerminalOptions {
  /** What the command exits with; absent: not printed. */
  exitCode?: number;
}

/** With more scenarios than this only the tables and the advice are printed. */
const mostInFull = 3;
/** Lines of what does not hold; the reports have them all. */
const mostBroken = 8;
const indent = 13;

/** The result of a run on one screen: a row for each setting, why, what to do, and what did not hold. */
export function renderAnswer(view: ReportView, options: AnswerOptions): string {
  const c = pc.createColors(options.colour);
  const width = Math.max(60, options.width ?? 100);
  const { host, run } = view.report;
  const rights = unusualRights(host.programs);
  const place = [host.runtime, `Linux ${host.kernel ?? 'unknown'}`, `${host.cores} cores`, ...rights].join(', ');
  const answers = answersOf(view);
  const isShort = answers.length > mostInFull;
  const sections = answers.flatMap((answer, i) => [
    ...scenarioLines(answer, { c, width, isShort, place: i === 0 ? place : '' }),
    '',
  ]);
  const outcome = outcomeOf(view.report);
  const result = { pass: c.green('PASS'), fail: c.red('FAIL'), none: c.yellow('NOTHING MEASURED') }[outcome.result];
  const broken = outcome.broken.slice(0, mostBroken).map((line) => wrap(c.red(`✗ ${line}`), width, 2));
  if (outcome.broken.length > mostBroken) broken.push(`  and ${outcome.broken.length - mostBroken} more: --verbose`);
  const facts = [
    checksText(outcome),
    duration(run.durationMs),
    options.exitCode === undefined ? '' : `exit ${options.exitCode}`,
  ];
  const stopped = run.interrupted ? [c.yellow('! the run was interrupted: later cells did not run')] : [];
  const last = [
    `${result}  ${outcome.result === 'pass' ? 'the run is valid: ' : ''}${facts.filter((fact) => fact !== '').join(', ')}`,
  ];
  if (options.folder !== undefined)
    last.push(`report  ${options.folder}/report.html   ${c.dim('all figures: --verbose')}`);
  return `${[...sections, ...stopped, ...broken, ...last].join('\n')}\n`;
}

interface Layout {
  c: Colours;
  width: number;
  isShort: boolean;
  place: string;
}

function scenarioLines(answer: Answer, { c, width, isShort, place }: Layout): string[] {
  const about = [answer.title, answer.load].filter((text) => text !== null).join('; ');
  const lines = [wrap(`${c.bold(answer.scenario)}  ${about}${place === '' ? '' : c.dim(`  [${place}]`)}`, width, 2)];
  if (answer.quick !== null) lines.push(wrap(c.dim(answer.quick), width, 2));
  lines.push('', table(answer, c, width));
  for (const { mark, text } of answer.caveats) lines.push(wrap(`  ${c.yellow(mark)} ${text}`, width, 4));
  lines.push('');
  const part = (label: string, texts: readonly string[]) => {
    for (const [i, text] of texts.entries()) {
      const head = (i === 0 ? label : '').padEnd(indent - 1);
      lines.push(wrap(`${i === 0 ? c.bold(head) : head} ${text}`, width, indent));
    }
  };
  part('Fit', answer.fit);
  if (!isShort) part('Why', answer.why);
  part(
    'Do',
    answer.todo.map(({ action, figure, costs }, i) => `${i + 1}. ${c.bold(action)}: ${[figure, ...costs].join('; ')}`),
  );
  if (isShort) return lines;
  const ask = `To test your rate with all ports: ${labCommand('scenario', answer.argument, '--rate', 'RATE')}`;
  part(
    'At real size',
    answer.atRealSize.length > 0 && answer.quick !== null ? [...answer.atRealSize, ask] : answer.atRealSize,
  );
  return lines;
}

function table(answer: Answer, c: Colours, width: number): string {
  const made = plainTable(['left', 'left', 'right', 'right', 'right', 'right'], 0);
  const head = ['', 'result', 'done', answer.failureHead, 'ran out', width < 90 ? 'connect()' : 'connect() p50'];
  made.push(head.map((text, i) => (i === 0 ? '  ' : c.dim(text))));
  for (const { label, verdict, result, done, failures, ranOut, connect } of answer.rows) {
    made.push([`  ${label}`, paint(verdict, result, c), done, failures, ranOut, connect]);
  }
  return made.toString();
}

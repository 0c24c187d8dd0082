import { figure } from '../../model/figure.ts';
import type { MeasuredCell, ProgramReport } from '../../model/report.ts';
import { errorIn } from '../../model/telling-lines.ts';

export const programHeader = ['', 'how it ended', 'calls without a free port', 'what it said'];

/** What the program that made a cell's load did and said, as text; of an engine of the lab's, what that saw. */
export function programRow(name: string, { programs = [], exhaustion, load }: MeasuredCell): string[] {
  const [program] = programs;
  const count = exhaustion?.count;
  const calls = count == null ? 'not counted' : figure(count);
  if (program !== undefined) return [name, endOf(program), calls, saidBy(program)];
  const { blindSpots } = load;
  return [name, 'an engine of the lab', calls, blindSpots[0] ?? 'each failure with its errno'];
}

function endOf({ endedByLab, exitCode, signal }: ProgramReport): string {
  if (endedByLab === true) return 'still ran at the end of the load';
  if (signal !== null) return `was ended by ${signal}`;
  return exitCode === null ? 'not seen' : `exit code ${exitCode}`;
}

/** Colours of a terminal, which reports show as a visible character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const colours = /[\u001b\u241b]\[[\d;]*m/g;

/** Its first message that no port was free, else its last line about errors. */
function saidBy({ messages, lastLines }: ProgramReport): string {
  const line = messages[0] ?? errorIn(lastLines) ?? lastLines.findLast((text) => /error|fail/i.test(text));
  return line === undefined ? 'nothing' : `\`${line.replace(colours, '').trim()}\``;
}

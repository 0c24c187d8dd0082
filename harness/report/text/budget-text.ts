import type { BudgetAnswer } from '../../analysis/observation/budget-plan.ts';
import { duration, figure, withUnit } from '../../model/figure.ts';

function times(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const rangeWarning =
  'Before you widen the range, reserve the ports of your listeners in it (ip_local_reserved_ports): listener-in-range shows why.';

/** The port budget for people: one line a figure, then what each change would buy. */
export function budgetText(answer: BudgetAnswer): string {
  const { question, fourTuples, maxRatePerSec, timeToDegradedMs, timeToExhaustionMs, plateau, memoryBytes } = answer;
  const never = 'never';
  const who = question.closes === 'client' ? 'the client' : 'the server';
  return [
    `four-tuples  ${figure(fourTuples)} (${figure(question.ports)} ports × ${times(question.destinations, 'destination')} × ${times(question.sources, 'source')})`,
    `ceiling      ${maxRatePerSec === null ? 'none: the ports set no limit' : withUnit(maxRatePerSec, '/s')}`,
    `half used    ${timeToDegradedMs === null ? never : `after ${duration(timeToDegradedMs)}`}, at ${withUnit(question.rate, '/s')}`,
    `exhausted    ${timeToExhaustionMs === null ? never : `after ${duration(timeToExhaustionMs)}`}`,
    `plateau      ${plateau === null ? 'not known' : `${figure(Math.round(plateau))} TIME_WAITs at ${who}`}`,
    `memory       ${memoryBytes === null ? 'not known' : `${figure(memoryBytes / 2 ** 20)} MiB of kernel memory at ${who}`}`,
    ...answer.notes.map((note) => `note         ${note}`),
    ...(answer.timeToDegradedMs === null ? [] : [`assumed      ${times(question.threads, 'thread')} (--threads)`]),
    '',
    ...answer.changes.map(
      ({ change, maxRatePerSec: ceiling, timeToDegradedMs: half, timeToExhaustionMs: after }, index) => {
        const slow =
          half === null ? '' : `, but past half of the ports, where connect() slows down, after ${duration(half)}`;
        const then = after === null ? `never exhausted${slow}` : `exhausted after ${duration(after)}`;
        const limit = ceiling === null ? 'no limit' : `up to ${withUnit(ceiling, '/s')}`;
        return `${index === 0 ? '→' : ' '} ${change}: ${limit}, ${then}`;
      },
    ),
    '',
    ...(answer.changes.some(({ change }) => change.includes('ip_local_port_range')) ? [rangeWarning, ''] : []),
  ].join('\n');
}

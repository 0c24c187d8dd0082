import { engineTraitsNamed } from '../load/traits.ts';
import type { CellPlan } from '../model/cell.ts';
import { duration, figure } from '../model/figure.ts';
import type { LoadSpec } from '../model/scenario.ts';
import { wrap } from '../report/text/layout.ts';
import { drawing, onlyFor } from '../report/text/scenario-page.ts';

const width = 100;
const indent = 12;

/**
 * What a plan would run, before anything starts, as lines of at most 100 columns: of each scenario the story and what is
 * expected, of each variant topology, load and settings. Pure.
 */
export function explanation(cells: readonly CellPlan[]): string[] {
  const scenarios = grouped(cells, ({ scenario }) => scenario.name);
  return [...scenarios.values()].flatMap((group, index) => [...(index === 0 ? [] : ['']), ...scenarioLines(group)]);
}

function scenarioLines(cells: readonly [CellPlan, ...CellPlan[]]): string[] {
  const [{ scenario }] = cells;
  const variants = grouped(cells, ({ variant }) => variant ?? '');
  const expected = cells.flatMap((cell) =>
    cell.scenario.expectations
      .filter(({ form, loop }) => (form ?? cell.form) === cell.form && (loop ?? loopOf(cell)) === loopOf(cell))
      .map((one) => `${one.text}${onlyFor(one)}`),
  );
  return [
    ...wrap(`${scenario.name}: ${scenario.title}`, width, 2).split('\n'),
    '',
    ...wrap(`  ${scenario.story}`, width, 2).split('\n'),
    ...[...variants].flatMap(([name, group]) => ['', ...variantLines(name, group)]),
    '',
    ...entry('Expected', [...new Set(expected)]),
    ...entry('Notes', [...new Set(cells.flatMap(({ notes }) => notes ?? []))]),
  ];
}

function variantLines(name: string, cells: readonly [CellPlan, ...CellPlan[]]): string[] {
  const [{ scenario }] = cells;
  return [
    ...entry('Variant', name === '' ? [] : [name]),
    ...entry('Topology', [drawing(scenario)]),
    ...entry('Load', [loadText(scenario.load)]),
    ...entry('Profiles', cells.filter(({ repetition }) => repetition === 1).map(profileText)),
  ];
}

const loopOf = ({ scenario }: CellPlan) => scenario.load.arrival.loop;

/** A heading and its texts, which have a column of their own; without texts nothing. */
function entry(heading: string, texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => {
    const [first = '', ...others] = wrap(text, width - indent, 2).split('\n');
    return [
      `${(index === 0 ? heading : '').padEnd(indent)}${first}`,
      ...others.map((line) => ' '.repeat(indent) + line),
    ];
  });
}

function loadText(load: LoadSpec): string {
  const { engine, closePolicy, arrival, durationMs, observeMs, maxAttempts, parameters } = load;
  const facts = engineTraitsNamed(engine)?.facts(load);
  const rate =
    arrival.loop === 'open' ? `${figure(arrival.ratePerSec)}/s` : `as fast as ${arrival.concurrency} at a time can be`;
  return [
    typeof parameters.command === 'string' ? parameters.command : `engine ${engine}`,
    ...(facts?.paced === false ? [] : [rate]),
    `for ${duration(durationMs)}`,
    ...(maxAttempts === undefined ? [] : [`at most ${figure(maxAttempts)}`]),
    ...(observeMs === 0 ? [] : [`then watched for ${duration(observeMs)}`]),
    ...(facts?.keepsPolicy === false ? [] : [`close policy ${closePolicy}`]),
  ].join(', ');
}

function profileText({ profile, peers, skip }: CellPlan): string {
  if (skip !== undefined) return `${profile}: skipped, ${skip.reason}`;
  const settings = peers.flatMap(({ role, sysctls }) =>
    Object.entries(sysctls).map(([key, value]) => ({ role, text: `${key}=${value}` })),
  );
  const all = [...grouped(settings, ({ text }) => text)].map(([text, of]) => ({
    text,
    where: of.length === peers.length ? '' : `${of.map(({ role }) => role).join(' and ')}: `,
  }));
  const texts = [...grouped(all, ({ where }) => where)].map(
    ([where, of]) => `${where}${of.map(({ text }) => text).join(', ')}`,
  );
  return `${profile}  ${texts.join('; ') || 'kernel defaults'}`;
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

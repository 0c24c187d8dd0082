import { countOf } from './failures.ts';
import type { Unit } from './figure.ts';
import type { LatencyUs } from './journal.ts';
import {
  type CellFamily,
  type ComparedAs,
  cellFields as fields,
  type MetricKind,
  type RowSpec,
  rolesMeant,
  row,
  traits,
} from './metric-families.ts';
import { programFamilies } from './program-metrics.ts';
import type { MeasuredCell } from './report.ts';

type LatencyName = 'connectCallUs' | 'connectLatencyUs' | 'requestLatencyUs' | 'scheduleLagUs';
interface LatencyTraits {
  p50?: ComparedAs;
  p99?: ComparedAs;
  /** Start of the label in the table; absent: it is not in the table. */
  row?: string;
}

/** Median and tail are compared separately: tails vary by a factor between identical runs. */
function latency(name: LatencyName, source: string, more: LatencyTraits = {}): CellFamily[] {
  const prefix = `load.${name}.`;
  const read = (cell: MeasuredCell, part: keyof NonNullable<LatencyUs>) => cell.load[name]?.[part] ?? null;
  const rowOf = (part: string): RowSpec | null => (more.row === undefined ? null : row(`${more.row} ${part}`));
  const time = (part: 'p50' | 'p99') =>
    traits('time', 'us', 'lower', source, { compared: more[part] ?? null, row: rowOf(part) });
  return [
    fields(prefix, ['p50'], time('p50'), read),
    fields(prefix, ['p99'], time('p99'), read),
    fields(prefix, ['p90', 'p999', 'max', 'mean'], traits('time', 'us', 'lower', source), read),
    fields(prefix, ['count'], traits('count', 'count', 'neutral', source), read),
  ];
}

type BudgetName = 'maxRatePerSec' | 'timeToExhaustionMs' | 'timeToDegradedMs' | 'plateau' | 'burst';
const budget = (name: BudgetName, unit: Unit, kind: MetricKind): CellFamily[] => [
  fields(
    `budget.${name}.`,
    ['predicted', 'measured'],
    traits(kind, unit, 'neutral', 'port budget'),
    (cell, part) => cell.budget?.[name]?.[part] ?? null,
  ),
  fields(
    `budget.${name}.`,
    ['error'],
    traits('share', 'ratio', 'neutral', '(measured − predicted) / predicted'),
    (cell) => cell.budget?.[name]?.error ?? null,
  ),
];

const failedOf = (cell: MeasuredCell, errno: string) =>
  cell.load.failures?.filter((f) => f.errno === errno).reduce((sum, f) => sum + f.count, 0) ?? null;

/** Ports that run out do so in every repetition; a reset or a time-out may be noise of the machine. */
const isCertain = (name: string) => /\.(EADDRNOTAVAIL|EADDRINUSE)$/.test(name);

/** Verdicts from good to bad; the type makes sure that none is forgotten. Others have no numbers and are not compared. */
export const severity: Readonly<Record<MeasuredCell['verdict'], number>> = {
  healthy: 0,
  inconclusive: 1,
  unknown: 2,
  degraded: 3,
  overflow: 4,
  exhausted: 5,
  leaking: 6,
  invalid: 7,
};

/** Metrics of the whole cell; those in the comparison table in its order. */
export const cellFamilies: readonly CellFamily[] = [
  {
    ...traits('text', '', 'lower', 'analysis of phases, counters and ledger', {
      basis: 'exact',
      // Degraded means that connect() became slow: it depends on timing, unlike an errno.
      compared: {
        by: 'severity',
        isDoubtful: (base, value) => base + value === severity.degraded && base * value === 0,
      },
    }),
    scope: 'cell',
    pattern: 'verdict',
    match: /^verdict$/,
    exported: { name: 'verdict', labels: [] },
    read: (cell) => cell.verdict,
    names: () => ['verdict'],
  },
  fields(
    'load.rate.',
    ['achieved'],
    traits('rate', '/s', 'higher', 'completed / duration', {
      compared: { by: 'value', tolerance: 1, minimumEffect: { open: 0.05, closed: 0.2 } },
      row: row('completed per second'),
    }),
    (c) => c.load.rate.achieved,
  ),
  fields('load.rate.', ['peak'], traits('rate', '/s', 'neutral', 'highest of any second'), (c) => c.load.rate.peak),
  fields('load.rate.', ['offered'], traits('rate', '/s', 'neutral', 'scenario'), (c) => c.load.rate.offered),
  ...latency('connectCallUs', 'time inside connect(2)', {
    p50: { by: 'value', tolerance: 20, minimumEffect: 0.5 },
    // The port-search cliff moves it by a factor of 50.
    p99: { by: 'value', tolerance: 200, minimumEffect: 2 },
    row: 'inside connect(2)',
  }),
  ...latency('connectLatencyUs', 'connect(2) until ESTABLISHED', {
    p50: { by: 'value', tolerance: 50, minimumEffect: 0.5 },
  }),
  ...latency('requestLatencyUs', 'intended start until the answer is complete', {
    p50: { by: 'value', tolerance: 100, minimumEffect: 0.5 },
    p99: { by: 'value', tolerance: 1000, minimumEffect: 2 },
  }),
  ...latency('scheduleLagUs', 'intended start until connect(2)'),
  fields('load.', ['failures'], traits('count', 'count', 'lower', 'engine, all kinds'), (cell) =>
    cell.load.failures === null ? null : countOf(cell.load.failures),
  ),
  fields(
    'load.',
    ['failedOnReuse'],
    traits(
      'count',
      'count',
      'lower',
      'engine: the other side ended a connection that had been used, and a request got no answer',
    ),
    ({ load }) => (load.failures === null ? null : countOf(load.failures.filter(({ phase }) => phase === 'reuse'))),
  ),
  {
    ...traits('count', 'count', 'lower', 'engine; 0 when it met none of that errno', {
      compared: {
        by: 'occurrence',
        isDoubtful: (_base, _value, name) => !isCertain(name),
      },
      row: { label: ([errno = '']) => errno, positive: false },
    }),
    scope: 'cell',
    pattern: 'load.failures.<ERRNO>',
    match: /^load\.failures\.([A-Za-z0-9_-]+)$/,
    exported: { name: 'load.failuresByErrno', labels: ['errno'] },
    read: (cell, [errno = '']) => failedOf(cell, errno),
    names: (cell) => [...new Set((cell.load.failures ?? []).map(({ errno }) => `load.failures.${errno}`))].sort(),
  },
  fields(
    'load.',
    ['attempts', 'completed', 'connected', 'answers', 'inFlight'],
    traits('count', 'count', 'neutral', 'engine'),
    (cell, name) => cell.load[name],
  ),
  fields(
    'load.',
    ['notStarted'],
    traits('count', 'count', 'lower', 'engine: arrivals that were due and never started'),
    (c) => c.load.notStarted ?? null,
  ),
  fields(
    'load.',
    ['due'],
    traits('count', 'count', 'neutral', 'the schedule of an open loop'),
    (c) => c.load.due ?? null,
  ),
  fields('load.', ['blindSpots'], traits('count', 'count', 'lower', 'engine'), (c) => c.load.blindSpots.length),
  fields('load.', ['durationMs'], traits('time', 'ms', 'neutral', 'engine'), (c) => c.load.durationMs),
  fields(
    'phases.',
    ['timeToExhaustionMs'],
    traits('time', 'ms', 'higher', 'first connect() without a free port, since the load began', {
      compared: { by: 'value', tolerance: 250, minimumEffect: { open: 0.1, closed: 0.3 } },
      row: row('time to exhaustion'),
    }),
    (cell) => cell.phases.timeToExhaustionMs ?? null,
  ),
  fields(
    'phases.',
    ['timeToDegradedMs'],
    traits('time', 'ms', 'higher', 'first slow connect(), since the load began'),
    (cell) => cell.phases.timeToDegradedMs ?? null,
  ),
  fields(
    'phases.',
    ['recoveryMs'],
    traits('time', 'ms', 'lower', 'load start until connections succeed again', {
      compared: { by: 'value', tolerance: 2500, minimumEffect: 0.1 },
      row: row('recovery'),
    }),
    (c) => c.phases.recoveryMs ?? null,
  ),
  fields(
    'budget.',
    ['ports', 'destinations', 'sources', 'fourTuples'],
    traits('count', 'count', 'neutral', 'settings read back', { basis: 'exact' }),
    (cell, name) => cell.budget?.[name] ?? null,
  ),
  ...programFamilies,
  fields(
    'search.',
    ['belowHalfUs', 'pastHalfUs'],
    traits('time', 'us', 'lower', 'median time inside connect(2) below 40 % and from 50 % of the four-tuples on'),
    (cell, name) => cell.search?.[name] ?? null,
  ),
  fields(
    'search.',
    ['ratio'],
    traits('share', 'ratio', 'lower', 'pastHalfUs / belowHalfUs: the height of the port-search cliff'),
    (cell) => cell.search?.ratio ?? null,
  ),
  ...budget('maxRatePerSec', '/s', 'rate'),
  ...budget('timeToExhaustionMs', 'ms', 'time'),
  ...budget('timeToDegradedMs', 'ms', 'time'),
  ...budget('plateau', 'count', 'level'),
  ...budget('burst', 'count', 'count'),
  fields(
    'ledger.',
    ['closes'],
    traits('flag', '', 'higher', 'every identity holds', { basis: 'exact' }),
    (c) => c.ledger.closes,
  ),
  fields(
    'expectations.',
    ['failed'],
    traits('count', 'count', 'lower', 'expectations that did not hold', { basis: 'exact' }),
    (c) => c.expectations.filter((e) => !e.holds).length,
  ),
  {
    ...traits('share', 'ratio', 'neutral', "this role's share of all TIME_WAITs created"),
    scope: 'cell',
    pattern: 'closedFirst.<role>',
    match: /^closedFirst\.([a-z][a-z0-9-]{0,14})$/,
    exported: { name: 'closedFirst', labels: ['role'] },
    read: (cell, [role = '']) => closedFirstBy(cell, role),
    names: (cell) => Object.keys(cell.closedFirst).map((role) => `closedFirst.${role}`),
  },
  fields(
    'lifetimes.',
    ['minMs', 'maxMs', 'meanMs', 'stepMs', 'resolutionMs'],
    traits('time', 'ms', 'neutral', 'watched TIME_WAIT sockets, first seen until first found gone'),
    (cell, name) => cell.lifetimes?.[name] ?? null,
  ),
  fields(
    'lifetimes.',
    ['count'],
    traits('count', 'count', 'neutral', 'sockets watched'),
    (cell) => cell.lifetimes?.count ?? null,
  ),
  fields(
    'lifetimes.',
    ['steps'],
    traits('count', 'count', 'neutral', 'expiry instants'),
    (cell) => cell.lifetimes?.steps.length ?? null,
  ),
  fields('cell.', ['setupMs', 'teardownMs'], traits('time', 'ms', 'lower', 'runner'), (cell, name) => cell[name]),
  fields('cell.', ['disturbances'], traits('count', 'count', 'lower', 'runner'), (cell) => cell.disturbances.length),
];

/** `null`: no TIME_WAIT was created anywhere, or no peer has that role. */
function closedFirstBy({ closedFirst, peers }: MeasuredCell, name: string): number | null {
  const roles = rolesMeant(peers, name).filter((role) => Object.hasOwn(closedFirst, role));
  return roles.length === 0 ? null : roles.reduce((sum, role) => sum + (closedFirst[role] ?? 0), 0);
}

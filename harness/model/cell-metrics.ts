// biome-ignore lint/style/noRestrictedImports: the names of errnos, a constant table
import { constants } from 'node:os';
import type { Unit } from './figure.ts';
import type { LatencyUs } from './journal.ts';
import {
  type CellFamily,
  type MetricKind,
  type MetricValue,
  rolesMeant,
  type Traits,
  traits,
} from './metric-families.ts';
import { nearest } from './nearest.ts';
import type { MeasuredCell } from './report.ts';

const field = <K extends string>(
  prefix: string,
  names: readonly K[],
  t: Traits,
  read: (cell: MeasuredCell, name: K) => MetricValue,
): CellFamily => ({
  ...t,
  scope: 'cell',
  pattern: `${prefix}${names.join('|')}`,
  match: new RegExp(`^${prefix.replaceAll('.', '\\.')}(${names.join('|')})$`),
  read: (cell, [name]) => read(cell, name as K),
  names: () => names.map((name) => prefix + name),
});

const latencyFields = ['p50', 'p90', 'p99', 'p999', 'max', 'mean', 'count'] as const;
type LatencyName = 'connectCallUs' | 'connectLatencyUs' | 'requestLatencyUs' | 'scheduleLagUs';
const latency = (name: LatencyName, source: string): CellFamily =>
  field(`load.${name}.`, latencyFields, traits('time', 'us', 'lower', source), (cell, part) => {
    const histogram: LatencyUs = cell.load[name];
    return histogram?.[part] ?? null;
  });

type BudgetName = 'maxRatePerSec' | 'timeToExhaustionMs' | 'timeToDegradedMs' | 'plateau';
const budget = (name: BudgetName, unit: Unit, kind: MetricKind): CellFamily[] => [
  field(
    `budget.${name}.`,
    ['predicted', 'measured'] as const,
    traits(kind, unit, 'neutral', 'port budget'),
    (cell, part) => cell.budget?.[name][part] ?? null,
  ),
  field(
    `budget.${name}.`,
    ['error'] as const,
    traits('share', 'ratio', 'neutral', '(measured − predicted) / predicted'),
    (cell) => cell.budget?.[name].error ?? null,
  ),
];

/** Metrics of the whole cell. */
export const cellFamilies: readonly CellFamily[] = [
  {
    ...traits('text', '', 'neutral', 'analysis of phases, counters and ledger', 'exact'),
    scope: 'cell',
    pattern: 'verdict',
    match: /^verdict$/,
    read: (cell) => cell.verdict,
    names: () => ['verdict'],
  },
  field(
    'load.rate.',
    ['achieved'],
    traits('rate', '/s', 'higher', 'completed / duration'),
    (c) => c.load.rate.achieved,
  ),
  field('load.rate.', ['peak'], traits('rate', '/s', 'neutral', 'highest of any second'), (c) => c.load.rate.peak),
  field('load.rate.', ['offered'], traits('rate', '/s', 'neutral', 'scenario'), (c) => c.load.rate.offered),
  field('load.', ['failures'], traits('count', 'count', 'lower', 'engine, all kinds'), (cell) =>
    cell.load.failures.reduce((sum, failure) => sum + failure.count, 0),
  ),
  {
    ...traits('count', 'count', 'lower', 'engine; 0 when it met none of that errno'),
    scope: 'cell',
    pattern: 'load.failures.<ERRNO>',
    match: /^load\.failures\.([A-Za-z0-9_-]+)$/,
    read: (cell, [errno]) => cell.load.failures.filter((f) => f.errno === errno).reduce((sum, f) => sum + f.count, 0),
    names: (cell) => [...new Set(cell.load.failures.map((f) => `load.failures.${f.errno}`))],
  },
  field(
    'load.',
    ['attempts', 'completed', 'connected', 'answers', 'inFlight'] as const,
    traits('count', 'count', 'neutral', 'engine'),
    (cell, name) => cell.load[name],
  ),
  field(
    'load.',
    ['notStarted'],
    traits('count', 'count', 'lower', 'engine: arrivals that were due and never started'),
    (cell) => cell.load.notStarted ?? null,
  ),
  field(
    'load.',
    ['due'],
    traits('count', 'count', 'neutral', 'the schedule of an open loop'),
    (c) => c.load.due ?? null,
  ),
  field('load.', ['blindSpots'], traits('count', 'count', 'lower', 'engine'), (c) => c.load.blindSpots.length),
  field('load.', ['durationMs'], traits('time', 'ms', 'neutral', 'engine'), (c) => c.load.durationMs),
  latency('connectCallUs', 'time inside connect(2)'),
  latency('connectLatencyUs', 'connect(2) until ESTABLISHED'),
  latency('requestLatencyUs', 'intended start until the answer is complete'),
  latency('scheduleLagUs', 'intended start until connect(2)'),
  field(
    'phases.',
    ['timeToExhaustionMs', 'timeToDegradedMs'] as const,
    traits('time', 'ms', 'higher', 'first failure, first slow connect(), since the load began'),
    (cell, name) => cell.phases[name] ?? null,
  ),
  field(
    'phases.',
    ['recoveryMs'],
    traits('time', 'ms', 'lower', 'load start until connections succeed again'),
    (c) => c.phases.recoveryMs ?? null,
  ),
  field(
    'budget.',
    ['ports', 'destinations', 'sources', 'fourTuples'] as const,
    traits('count', 'count', 'neutral', 'settings read back', 'exact'),
    (cell, name) => cell.budget?.[name] ?? null,
  ),
  ...budget('maxRatePerSec', '/s', 'rate'),
  ...budget('timeToExhaustionMs', 'ms', 'time'),
  ...budget('timeToDegradedMs', 'ms', 'time'),
  ...budget('plateau', 'count', 'level'),
  field('ledger.', ['closes'], traits('flag', '', 'higher', 'every identity holds', 'exact'), (c) => c.ledger.closes),
  field(
    'expectations.',
    ['failed'],
    traits('count', 'count', 'lower', 'expectations that did not hold', 'exact'),
    (c) => c.expectations.filter((e) => !e.holds).length,
  ),
  {
    ...traits('share', 'ratio', 'neutral', "this role's share of all TIME_WAITs created"),
    scope: 'cell',
    pattern: 'closedFirst.<role>',
    match: /^closedFirst\.([a-z][a-z0-9-]{0,14})$/,
    read: (cell, [role = '']) => sumOfRole(cell.closedFirst, role),
    names: (cell) => Object.keys(cell.closedFirst).map((role) => `closedFirst.${role}`),
  },
  field(
    'lifetimes.',
    ['minMs', 'maxMs', 'meanMs', 'stepMs', 'resolutionMs'] as const,
    traits('time', 'ms', 'neutral', 'watched TIME_WAIT sockets, first seen until first found gone'),
    (cell, name) => cell.lifetimes?.[name] ?? null,
  ),
  field(
    'lifetimes.',
    ['count'],
    traits('count', 'count', 'neutral', 'sockets watched'),
    (cell) => cell.lifetimes?.count ?? null,
  ),
  field(
    'lifetimes.',
    ['steps'],
    traits('count', 'count', 'neutral', 'expiry instants'),
    (cell) => cell.lifetimes?.steps.length ?? null,
  ),
  field(
    'cell.',
    ['setupMs', 'teardownMs'] as const,
    traits('time', 'ms', 'lower', 'runner'),
    (cell, name) => cell[name],
  ),
  field('cell.', ['disturbances'], traits('count', 'count', 'lower', 'runner'), (cell) => cell.disturbances.length),
];

function sumOfRole(record: Readonly<Record<string, number>>, role: string): number | null {
  const roles = rolesMeant(Object.keys(record), role);
  return roles.length === 0 ? null : roles.reduce((sum, name) => sum + (record[name] ?? 0), 0);
}

const errnos = Object.keys(constants.errno);

/** An errno that no kernel returns would always read 0 and a gate on it always hold: the nearest real ones. */
export function misspelledErrno(name: string): string[] | null {
  if (errnos.includes(name) || /^EAI_/.test(name)) return null;
  const close = nearest(name, errnos);
  return /^E[A-Z0-9]+$/.test(name) || errnos.includes(name.toUpperCase()) ? close : null;
}

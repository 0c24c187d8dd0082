import { expressionIssues, parseExpression } from '../../expression/expression.ts';
import type { CellPlan } from '../../model/cell.ts';
import type { ValidationIssue } from '../../model/errors.ts';
import type { Gate } from '../../model/gates.ts';
import { mibCounters } from '../../model/mib-counters.ts';
import { didYouMean, nearest, shortened } from '../../model/nearest.ts';
import { type CellReport, isMeasured } from '../../model/report.ts';
import type { Form } from '../../model/vocabulary.ts';
import { gateIsFor } from './gate.ts';

/** What a gate's filters, roles and counters are checked against: a planned cell or one of a report. */
export interface GateTarget {
  scenario: string;
  variant?: string | undefined;
  profile: string;
  form: Form;
  /** Roles of its peers, and of the scenario: client1, client2 and client. `null`: a report has no peers of it, because it was skipped or failed. */
  roles: readonly string[] | null;
  /** MIB counters read from its peers. Empty: nothing was read yet. */
  counters: readonly string[];
}

export function plannedTargets(cells: readonly CellPlan[]): GateTarget[] {
  return cells.map(({ scenario, variant, profile, form, peers }) => ({
    scenario: scenario.name,
    variant,
    profile,
    form,
    roles: [...new Set(peers.flatMap(({ role, kind }) => [kind, role]))],
    counters: [],
  }));
}

export function reportTargets(cells: readonly CellReport[]): GateTarget[] {
  return cells.map((cell) => ({
    scenario: cell.scenario,
    variant: cell.variant,
    profile: cell.profile,
    form: cell.form,
    roles: isMeasured(cell)
      ? [...new Set(Object.entries(cell.peers).flatMap(([role, { kind }]) => [kind, role]))]
      : null,
    counters: isMeasured(cell) ? Object.values(cell.peers).flatMap((peer) => Object.keys(peer.counters)) : [],
  }));
}

/**
 * Issues that depend on the cells, planned or reported: a filter that matches none, a role that a cell lacks, a
 * counter that no kernel has. Such a gate would hold or break without ever being evaluated. `counters`: those of this
 * machine's kernel, in addition to the table's.
 */
export function gateIssuesForCells(
  gates: readonly Gate[],
  targets: readonly GateTarget[],
  field: string,
  counters: Iterable<string> = [],
): ValidationIssue[] {
  const known = new Set([...mibCounters, ...counters, ...targets.flatMap((target) => target.counters)]);
  return gates.flatMap((gate, i) => {
    const at = `${field}: gates[${i}]`;
    const filters = filterIssues(gate, targets, at);
    if (filters.length > 0) return filters;
    const asked = targets.filter((target) => gateIsFor(gate, target));
    return [...roleIssues(gate, asked, `${at}.holds`), ...counterIssues(gate, known, `${at}.holds`)];
  });
}

/** The first scenario whose peers lack a role that the gate names. */
function roleIssues(gate: Gate, asked: readonly GateTarget[], field: string): ValidationIssue[] {
  const able: string[] = [];
  let wrong: { issue: ValidationIssue; scenario: string } | null = null;
  for (const { scenario, roles } of asked) {
    if (roles === null) continue;
    const [issue] = expressionIssues(gate.holds, field, roles);
    if (issue === undefined) able.push(scenario);
    else wrong ??= { issue, scenario };
  }
  if (wrong === null) return [];
  if (able.length === 0) return [wrong.issue];
  const hint = `limit the gate to scenarios that have it: scenarios: [${[...new Set(able)].join(', ')}]`;
  return [{ ...wrong.issue, message: `${wrong.issue.message}, in ${wrong.scenario}`, hint }];
}

const counterName = /^[a-z][a-z0-9-]*\.counters\.(.+)$/;

function counterIssues(gate: Gate, known: ReadonlySet<string>, field: string): ValidationIssue[] {
  const parsed = parseExpression(gate.holds);
  if (!parsed.ok) return [];
  return parsed.expression.metrics.flatMap((metric) => {
    const name = counterName.exec(metric)?.[1];
    if (name === undefined || known.has(name) || name.startsWith('IcmpMsg.')) return [];
    const ends = [...known].filter((full) => full.endsWith(`.${name}`));
    if (ends.length === 1) return [];
    const as = (counter: string) => metric.replace(/\.counters\..+$/, `.counters.${counter}`);
    if (ends.length > 1) {
      const message = `\`${name}\` exists in ${ends.length} tables`;
      return [{ field, message, hint: `write ${ends.map((full) => `\`${as(full)}\``).join(' or ')}` }];
    }
    const close = nearestCounters(name, known).map((full) => `\`${as(full)}\``);
    const hint =
      close.length > 0 ? `did you mean ${close.join(' or ')}?` : '/proc/net/snmp and /proc/net/netstat list them';
    return [{ field, message: `the kernel has no counter \`${shortened(name)}\``, hint }];
  });
}

/** By the last part alone where no table was named, by the whole name otherwise. */
function nearestCounters(name: string, known: ReadonlySet<string>): string[] {
  if (name.includes('.')) return nearest(name, known);
  const last = (full: string) => full.slice(full.indexOf('.') + 1);
  const close = nearest(name, [...known].map(last));
  return close.flatMap((short) => [...known].filter((full) => last(full) === short)).slice(0, 3);
}

function filterIssues(gate: Gate, targets: readonly GateTarget[], at: string): ValidationIssue[] {
  const check = (field: 'scenarios' | 'profiles' | 'variants', known: readonly string[]): ValidationIssue[] =>
    (gate[field] ?? []).flatMap((name, i) => {
      if (known.includes(name)) return [];
      const there = [...new Set(known)];
      const hint =
        there.length === 0 ? `leave ${field} out` : didYouMean(name, there).replace(/^one of/, 'the run has');
      const message = `the run has no ${field.slice(0, -1)} \`${shortened(name)}\``;
      return [{ field: `${at}.${field}[${i}]`, message, hint }];
    });
  const wrong = [
    ...check(
      'scenarios',
      targets.map((target) => target.scenario),
    ),
    ...check(
      'profiles',
      targets.map((target) => target.profile),
    ),
    ...check(
      'variants',
      targets.flatMap((target) => target.variant ?? []),
    ),
  ];
  if (wrong.length > 0 || targets.some((target) => gateIsFor(gate, target))) return wrong;
  return [{ field: at, message: 'applies to no cell of the run', hint: 'widen scenarios, profiles, variants or form' }];
}

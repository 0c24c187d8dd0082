import { missingOnMachine } from '../components/table.ts';
import type { CellPlan, PeerPlan } from '../model/cell.ts';
import type { ValidationIssue } from '../model/errors.ts';
import type { PlanningRuntime, RuntimeTraits, SkipReason } from '../model/runtime.ts';
import { type LoadSpec, type Profile, Scenario } from '../model/scenario.ts';
import { sysctlIssues } from '../model/sysctls.ts';
import type { Form } from '../model/vocabulary.ts';
import { zodIssues } from '../model/zod-issues.ts';
import { cannotRun } from './capabilities.ts';
import { withOwnExpectations } from './expectations.ts';
import { scenarioIssues } from './issues.ts';
import { linkSkip } from './link-skip.ts';
import { withMaxRate } from './max-rate.ts';
import { notesOf } from './notes.ts';
import type { Overrides } from './overrides.ts';
import { overridesOf, skipReason, sysctlsFor } from './peer-sysctls.ts';
import { missingComponents } from './requirements.ts';
import { allSubnets, planLinks, planRoutes, rolesOf, type SubnetRange } from './topology.ts';
import { mergeDeep } from './variant.ts';

export interface PlanInput {
  scenarios: readonly Scenario[];
  profiles: readonly Profile[];
  /** Absent: each scenario's own profiles. */
  profileNames?: readonly string[];
  repetitions: number;
  form: Form;
  overrides: Overrides;
  /** Keys that can be set in a fresh network namespace here; `null`: not known before the start. */
  settable: ReadonlySet<string> | null;
  /** Keys under /proc/sys/net of this machine, known in addition to those of the table; absent: none read. */
  sysctlKeys?: ReadonlySet<string>;
  /** The runtime that will run the cells; absent: not chosen yet. */
  runtime?: PlanningRuntime;
  /** Runtimes that a hint may name where a cell cannot run in that one; absent: none. */
  runtimes?: readonly RuntimeTraits[];
  /** Numbers of the subnets (topology.ts) that this run has; absent: all. */
  subnets?: SubnetRange;
  /** Queueing disciplines that the peers' kernel has; absent or `null`: not known. */
  qdiscs?: ReadonlySet<string> | null;
  /** Components that peers have; absent or `null`: not known, or the runtime's images bring all of them. */
  present?: ReadonlySet<string> | null;
}

export type PlanResult = { ok: true; cells: CellPlan[] } | { ok: false; issues: ValidationIssue[] };

/** Concurrency of a closed loop when only `--rate max` was given. */
const defaultConcurrency = 8;

/**
 * scenario × variant × profile × repetition → cells, or every issue at once. Repetitions are interleaved (A B A B …)
 * so that a drift of the machine's speed affects all profiles equally.
 */
export function plan(input: PlanInput): PlanResult {
  const issues: ValidationIssue[] = [];
  const cells: CellPlan[] = [];
  let linksBefore = 0;
  issues.push(...profileIssues(input));
  for (const scenario of input.scenarios) {
    const variants: [string | undefined, Scenario][] = [];
    const named = Object.entries(scenario.variants ?? {});
    if (named.length === 0) variants.push([undefined, scenario]);
    for (const [name, changes] of named) {
      const parsed = Scenario.safeParse(mergeDeep(scenario, changes));
      if (parsed.success) variants.push([name, parsed.data]);
      else issues.push(...zodIssues(parsed.error, `scenarios.${scenario.name}.variants.${name}`, '.'));
    }
    for (const [variant, base] of distinct(variants, input.overrides)) {
      const asked = applyForm(base, input.form, input.overrides, issues);
      if (asked === null) continue;
      const { maxRate } = input.overrides;
      const slowed = maxRate === undefined ? { scenario: asked } : withMaxRate(asked, maxRate);
      const effective = slowed.scenario;
      const wrong = scenarioIssues(effective, input.profiles, input.sysctlKeys);
      issues.push(...wrong);
      if (wrong.length > 0) continue;
      const names = input.profileNames ?? base.profiles;
      const own = { engine: base.load.engine, profiles: [...scenario.profiles, ...base.profiles] };
      for (let repetition = 1; repetition <= input.repetitions; repetition++) {
        for (const name of names) {
          const profile = input.profiles.find((candidate) => candidate.name === name);
          if (profile === undefined) continue;
          const judged = withOwnExpectations(effective, own, profile, input.overrides);
          const at = { variant, repetition, index: cells.length, linksBefore };
          const notes = [...('note' in slowed && slowed.note !== undefined ? [slowed.note] : []), ...judged.notes];
          const cell = planCell(judged.scenario, profile, at, notes, input);
          linksBefore += cell.links.length;
          cells.push(cell);
        }
      }
    }
  }
  return issues.length > 0 ? { ok: false, issues: unique(issues) } : { ok: true, cells };
}

/** Settings of the profiles that will run; whether a scenario's profiles exist is checked with the scenario. */
function profileIssues({ scenarios, profiles, profileNames, sysctlKeys }: PlanInput): ValidationIssue[] {
  const names = new Set(profileNames ?? scenarios.flatMap((scenario) => scenario.profiles));
  return profiles
    .filter((profile) => names.has(profile.name))
    .flatMap(({ name, sysctls }) =>
      Object.entries(sysctls).flatMap(([role, values]) =>
        sysctlIssues(values, `profiles.${name}.sysctls.${role}`, sysctlKeys),
      ),
    );
}

function applyForm(base: Scenario, form: Form, overrides: Overrides, issues: ValidationIssue[]): Scenario | null {
  let load: unknown = base.load;
  if (form === 'quick' && base.quick !== undefined) load = mergeDeep(load, base.quick.load);
  const engine = overrides.clientCommand === undefined ? overrides.engine : 'program';
  // Parameters belong to one engine: another does not accept them.
  if (engine !== undefined && engine !== base.load.engine) load = { ...(load as LoadSpec), parameters: {} };
  const changes: Record<string, unknown> = {};
  if (overrides.durationMs !== undefined) changes.durationMs = overrides.durationMs;
  if (engine !== undefined) changes.engine = engine;
  if (overrides.clientCommand !== undefined) changes.parameters = { command: overrides.clientCommand };
  if (overrides.traceErrors === true) {
    changes.parameters = { ...(changes.parameters as object | undefined), traceErrors: true };
    const makes = engine ?? base.load.engine;
    if (makes !== 'program') {
      const message = `${base.name} is loaded by the engine ${makes}: there is no program to trace`;
      issues.push({ field: '--trace-errors', message, hint: "name one with --client-cmd 'PROGRAM ARGS'" });
    }
  }
  if (overrides.threads !== undefined) changes.threads = overrides.threads;
  if (overrides.rate === 'max') {
    const own = base.load.arrival;
    changes.arrival = { loop: 'closed', concurrency: own.loop === 'closed' ? own.concurrency : defaultConcurrency };
  } else if (overrides.rate !== undefined && !keepsConnections(load as LoadSpec)) {
    changes.arrival = { loop: 'open', ratePerSec: overrides.rate };
  }
  const parsed = Scenario.safeParse({
    ...base,
    family: overrides.family ?? base.family,
    load: mergeDeep(load, changes),
  });
  if (parsed.success) return parsed.data;
  issues.push(...zodIssues(parsed.error, `scenarios.${base.name}`, '.'));
  return null;
}

/** A closed loop over connections that stay open has no arrivals to give a rate to. */
function keepsConnections({ arrival, requestsPerConnection }: LoadSpec): boolean {
  return arrival.loop === 'closed' && requestsPerConnection === 0;
}

/**
 * Variants that differ in nothing but the load are one where a program of the user's own makes it: without a name if
 * there is no other.
 */
function distinct(
  variants: readonly [string | undefined, Scenario][],
  { clientCommand, hasClientImage }: Overrides,
): readonly [string | undefined, Scenario][] {
  if (clientCommand === undefined && hasClientImage !== true) return variants;
  const stacks = new Map<string, [string | undefined, Scenario]>();
  for (const [name, { peers, links, load, ...rest }] of variants) {
    const key = JSON.stringify({ peers, links, from: load.from, to: load.to });
    if (!stacks.has(key)) stacks.set(key, [name, { peers, links, load, ...rest }]);
  }
  const left = [...stacks.values()];
  return left.length === 1 ? left.map(([, scenario]) => [undefined, scenario]) : left;
}

/** The position of a cell in its run. */
interface Place {
  variant: string | undefined;
  repetition: number;
  index: number;
  /** Links of all cells before it. */
  linksBefore: number;
}

function planCell(
  scenario: Scenario,
  profile: Profile,
  { variant, repetition, index, linksBefore }: Place,
  notes: readonly string[],
  input: PlanInput,
): CellPlan {
  const { sysctls: commandLine } = input.overrides;
  const links = planLinks(scenario, input.subnets ?? allSubnets, linksBefore);
  const forwards = (role: string) =>
    Object.entries(scenario.peers).some(([kind, spec]) => spec.forwards && rolesOf(kind, spec).includes(role));
  const peers: PeerPlan[] = Object.entries(scenario.peers).flatMap(([kind, spec]) =>
    rolesOf(kind, spec).map((role) => ({
      role,
      kind,
      ...sysctlsFor(kind, scenario, profile, input.form, commandLine),
      serves: spec.serves,
      ...(spec.image !== undefined && { image: spec.image }),
      forwards: spec.forwards,
      ...(spec.nftables !== undefined && { nftables: spec.nftables }),
      routes: planRoutes(role, links, forwards),
    })),
  );
  const skip =
    (input.runtime ? cannotRun(scenario, input.runtime, input.runtimes) : null) ??
    skipReason(peers, profile, commandLine, input.settable) ??
    missingSkip(scenario, input) ??
    linkSkip(links, input.qdiscs);
  const overrides = overridesOf(profile, scenario, commandLine);
  const cell: CellPlan = {
    id: [scenario.name, ...(variant === undefined ? [] : [variant]), profile.name, repetition].join('/'),
    index,
    scenario,
    ...(variant !== undefined && { variant }),
    profile: profile.name,
    repetition,
    form: input.form,
    peers,
    links,
    ...(overrides.length > 0 && { overrides }),
    ...(skip !== null && { skip }),
  };
  const all = [...notesOf(cell, input.overrides), ...(profile.notes ?? []), ...notes];
  return all.length === 0 ? cell : { ...cell, notes: all };
}

function missingSkip(scenario: Scenario, { present, runtime }: PlanInput): SkipReason | null {
  const explain = (names: readonly string[]) => runtime?.explainMissing(names) ?? missingOnMachine(names);
  const missing = present ? missingComponents(scenario, present, explain) : null;
  if (missing === null) return null;
  const { requirements, ...skip } = missing;
  return skip;
}

function unique(issues: readonly ValidationIssue[]): ValidationIssue[] {
  const seen = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  return [...seen.values()];
}

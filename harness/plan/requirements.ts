import { components, missingOnMachine } from '../components/table.ts';
import { engineTraitsNamed } from '../load/traits.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { linkParts } from '../model/link.ts';
import { nearest } from '../model/nearest.ts';
import type { PlanningRuntime, SkipReason } from '../model/runtime.ts';
import type { Scenario } from '../model/scenario.ts';
import { serverTraitsNamed } from '../servers/traits.ts';

/** Names of all components that a scenario needs: what it declares, and what its engine, servers, rulesets and links need. */
export function requirementsOf(scenario: Scenario): string[] {
  const peers = Object.keys(scenario.peers).flatMap((kind) => peerRequirements(scenario, kind));
  const family = scenario.family === 6 ? ['ipv6'] : [];
  return [...new Set([...scenario.requires, ...peers, ...shapingTools(scenario), ...family])];
}

/** `tc` sets links up that have a delay, loss or rate. */
function shapingTools({ links }: Scenario): string[] {
  return links.some((link) => Object.keys(linkParts(link).shape).length > 0) ? ['tc'] : [];
}

/** What one peer's servers, ruleset and, where it makes the load, its engine need. */
export function peerRequirements({ peers, load }: Scenario, kind: string): string[] {
  const peer = peers[kind];
  return [
    ...(kind === load.from ? (engineTraitsNamed(load.engine)?.requires(load) ?? []) : []),
    ...(peer?.serves.flatMap((spec) => serverTraitsNamed(spec.server)?.requires ?? []) ?? []),
    ...(peer?.nftables === undefined ? [] : ['nft']),
  ];
}

/** An issue for each required component that no table has: nothing could ever provide it. */
export function requirementIssues(scenario: Scenario, at: string): ValidationIssue[] {
  const known = Object.keys(components);
  return requirementsOf(scenario)
    .filter((name) => !Object.hasOwn(components, name))
    .map((name) => {
      const close = nearest(name, known);
      const hint = `one of ${(close.length > 0 ? close : known).join(', ')}`;
      return { field: `${at}.requires`, message: `no component '${name}'`, hint };
    });
}

/**
 * What a scenario lacks to run here, explained by the runtime (absent: as this machine's programs); `null`: nothing.
 * Pure.
 */
export function missingComponents(
  scenario: Scenario,
  present: ReadonlySet<string>,
  explain: PlanningRuntime['explainMissing'] = missingOnMachine,
): (SkipReason & { requirements: readonly string[] }) | null {
  const requirements = requirementsOf(scenario).filter((requirement) => !present.has(requirement));
  return requirements.length === 0 ? null : { requirements, ...explain(requirements) };
}

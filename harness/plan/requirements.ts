import { components, installLine } from '../components/table.ts';
import { engineTraitsNamed } from '../load/traits.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
import type { Scenario } from '../model/scenario.ts';
import type { RuntimeName } from '../model/vocabulary.ts';
import { serverTraitsNamed } from '../servers/traits.ts';

/** Names of all components that a scenario needs: what it says, what its engine, servers and rulesets need. */
export function requirementsOf(scenario: Scenario): string[] {
  const peers = Object.keys(scenario.peers).flatMap((kind) => peerRequirements(scenario, kind));
  return [...new Set([...scenario.requires, ...peers])];
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

/** An issue for each required name that is in no table: nothing could ever bring it. */
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

export interface Missing {
  requirements: readonly string[];
  reason: string;
  /** One line that says how to get them. */
  hint: string;
}

/** Why a scenario cannot run in a runtime here, and the line that fixes it; `null`: all is there. Pure. */
export function missingComponents(
  scenario: Scenario,
  present: ReadonlySet<string>,
  runtime?: RuntimeName,
): Missing | null {
  const requirements = requirementsOf(scenario).filter((requirement) => !present.has(requirement));
  return requirements.length === 0 ? null : missingText(requirements, runtime);
}

export function missingText(requirements: readonly string[], runtime?: RuntimeName): Missing {
  if (runtime === 'docker') {
    const isMachines = requirements.some((name) => components[name]?.image === 'none');
    const hint = isMachines ? '--runtime netns' : "npm run images (without a registry: '-- --base debootstrap')";
    return { requirements, reason: `no image here brings: ${requirements.join(', ')}`, hint };
  }
  const installable = requirements.filter((name) => (components[name]?.packages.length ?? 0) > 0);
  const hints = requirements.flatMap((name) => components[name]?.hint ?? []);
  if (installable.length > 0) hints.unshift(installLine(installable));
  return { requirements, reason: `not installed on this machine: ${requirements.join(', ')}`, hint: hints.join('; ') };
}

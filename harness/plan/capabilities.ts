import { type Capability, capabilities, type RuntimeTraits, type SkipReason } from '../model/runtime.ts';
import type { Scenario } from '../model/scenario.ts';

/** What a scenario needs from its runtime besides network namespaces; variants must have been applied. */
export function capabilitiesNeeded({ peers, load, watchSlab, requires, family }: Scenario): Capability[] {
  const hasImage = load.image !== undefined || Object.values(peers).some((peer) => peer.image !== undefined);
  const readsSlab = watchSlab !== undefined || requires.includes('slabinfo');
  return [
    ...(hasImage ? (['images'] as const) : []),
    ...(readsSlab ? (['slab'] as const) : []),
    ...(family === 6 ? (['ipv6'] as const) : []),
  ];
}

/** Why a runtime cannot run a scenario, with the runtimes of `offered` that can as the hint; `null`: it can. */
export function cannotRun(
  scenario: Scenario,
  runtime: RuntimeTraits,
  offered: readonly RuntimeTraits[] = [],
): SkipReason | null {
  const needs = capabilitiesNeeded(scenario);
  if (scenario.runtimes !== undefined && !scenario.runtimes.includes(runtime.name)) {
    return withHint(`this scenario does not run in ${runtime.name}`, scenario.runtimes);
  }
  return lacking(runtime, needs, offered);
}

/** The same for single capabilities. */
export function lacking(
  runtime: RuntimeTraits,
  needs: readonly Capability[],
  offered: readonly RuntimeTraits[] = [],
): SkipReason | null {
  const lacks = needs.filter((one) => !runtime.capabilities[one]);
  if (lacks.length === 0) return null;
  const able = offered.filter((other) => needs.every((one) => other.capabilities[one])).map((other) => other.name);
  return withHint(`the runtime ${runtime.name} cannot ${lacks.map((one) => capabilities[one]).join(' or ')}`, able);
}

function withHint(reason: string, runtimes: readonly string[]): SkipReason {
  return { reason, ...(runtimes.length > 0 && { hint: `--runtime ${runtimes.join(' or --runtime ')}` }) };
}

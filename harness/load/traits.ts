import { autocannonTraits } from './autocannon/traits.ts';
import { churnTraits } from './churn/traits.ts';
import type { EngineTraits } from './engine.ts';
import { outsideTraits } from './outside/traits.ts';
import { programTraits } from './program/traits.ts';
import { wrkTraits } from './wrk/traits.ts';

/**
 * What is known about every engine without starting it; to add one, add a folder, a line here and one in engines.ts.
 */
export const engineTraits: readonly EngineTraits[] = [
  churnTraits,
  autocannonTraits,
  wrkTraits,
  programTraits,
  outsideTraits,
];

export function engineTraitsNamed(name: string): EngineTraits | undefined {
  return engineTraits.find((traits) => traits.name === name);
}

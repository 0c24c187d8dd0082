import { autocannonEngine } from './autocannon/engine.ts';
import { churnEngine } from './churn/engine.ts';
import type { Engine } from './engine.ts';
import { outsideEngine } from './outside/engine.ts';
import { programEngine } from './program/engine.ts';
import { wrkEngine } from './wrk/engine.ts';

/** Every engine's implementation, for the agent only; to add one, add a folder, a line here and one in traits.ts. */
export const engines: readonly Engine[] = [churnEngine, autocannonEngine, wrkEngine, programEngine, outsideEngine];

export function engineNamed(name: string): Engine | undefined {
  return engines.find((engine) => engine.traits.name === name);
}

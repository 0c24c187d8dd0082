import { autocannonEngine } from './autocannon/engine.ts';
import { churnEngine } from './churn/engine.ts';
import type { Engine } from './engine.ts';
import { outsideEngine } from './outside/engine.ts';
import { programEngine } from './program/engine.ts';
import { wrkEngine } from './wrk/engine.ts';

/** What runs of every engine, for the agent alone; a new one is one folder, a line here and one in traits.ts. */
export const engines: readonly Engine[] = [churnEngine, autocannonEngine, wrkEngine, programEngine, outsideEngine];

export function engineNamed(name: string): Engine | undefined {
  return engines.find((engine) => engine.traits.name === name);
}

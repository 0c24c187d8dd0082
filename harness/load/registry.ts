import { autocannonEngine } from './autocannon/engine.ts';
import { churnEngine } from './churn/engine.ts';
import type { Engine } from './engine.ts';
import { outsideEngine } from './outside/engine.ts';
import { programEngine } from './program/engine.ts';
import { wrkEngine } from './wrk/engine.ts';

/** All engines; a new one is one folder and one line here. */
export const engines: readonly Engine[] = [churnEngine, autocannonEngine, wrkEngine, programEngine, outsideEngine];

export function engineNamed(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}

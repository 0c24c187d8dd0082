import { autocannonEngine } from './autocannon/engine.ts';
import { churnEngine } from './churn/engine.ts';
import { commandEngine } from './command/engine.ts';
import type { Engine } from './engine.ts';
import { outsideEngine } from './outside/engine.ts';
import { wrkEngine } from './wrk/engine.ts';

/** All engines; a new one is one folder and one line here. */
export const engines: readonly Engine[] = [churnEngine, autocannonEngine, wrkEngine, commandEngine, outsideEngine];

export function engineNamed(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}

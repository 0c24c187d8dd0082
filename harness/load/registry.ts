import { autocannonEngine } from './autocannon/engine.ts';
import { churnEngine } from './churn/engine.ts';
import { commandEngine } from './command/engine.ts';
import type { Engine } from './engine.ts';

/** All engines; a new one is one folder and one line here. */
export const engines: readonly Engine[] = [churnEngine, autocannonEngine, commandEngine];

export function engineNamed(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}

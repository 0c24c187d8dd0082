import { causeText } from '../model/errors.ts';
import type { Runtime } from './runtime.ts';

/**
 * Closes a runtime. Never rejects, so that it cannot replace its caller's result or error; reports a failure as a line.
 */
export async function closeRuntime(runtime: Runtime, say: (line: string) => void): Promise<void> {
  try {
    await runtime.close();
  } catch (error) {
    say(`the runtime ${runtime.name} was not closed: ${causeText(error)}`);
  }
}

import { exitCode, HarnessError } from '../model/errors.ts';
import { needNetns, netnsRuntime } from '../runtime/netns/netns.ts';
import type { Runtime } from '../runtime/runtime.ts';

export const runtimeChoices = ['auto', 'netns'] as const;

/** The runtime to use, ready; says on stderr which and why. Errors: exit 3 with the line that mends it. */
export async function openRuntime(
  name: string,
  say: (text: string) => void,
): Promise<Runtime & { close(): Promise<void> }> {
  if (name !== 'auto' && name !== 'netns') {
    throw new HarnessError('NO_RUNTIME', `no runtime '${name}'`, { exitCode: exitCode.usage });
  }
  const runtime = netnsRuntime();
  const availability = await runtime.availability();
  needNetns(availability);
  say(`runtime netns: ${availability.detail}`);
  return runtime;
}

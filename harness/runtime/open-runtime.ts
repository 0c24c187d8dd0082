import { exitCode, HarnessError } from '../model/errors.ts';
import { chooseRuntime, type RuntimeChoice } from './choose.ts';
import { netnsRuntime } from './netns/netns.ts';
import type { Runtime } from './runtime.ts';

export const runtimeChoices = ['auto', 'netns', 'docker'] as const;

/** The runtime to use, ready; says on stderr which and why. Errors: exit 3 with the line that mends it. */
export async function openRuntime(
  name: string,
  say: (text: string) => void,
): Promise<Runtime & { close(): Promise<void> }> {
  if (!runtimeChoices.some((choice) => choice === name)) {
    throw new HarnessError('NO_RUNTIME', `no runtime '${name}'`, { exitCode: exitCode.usage });
  }
  // dockerode is a third of a second of start-up: only runs that may need it load it.
  const loadDocker = async () => (await import('./docker/docker.ts')).dockerRuntime({ progress: say });
  const netns = netnsRuntime();
  const docker = name === 'netns' ? null : await loadDocker();
  const chosen = await chooseRuntime(name as RuntimeChoice, {
    netns: () => netns.availability(),
    docker: async () => (docker ?? (await loadDocker())).availability(),
  });
  say(`runtime ${chosen.name}: ${chosen.why}`);
  if (chosen.name === 'netns' || docker === null) return netns;
  await netns.close();
  return { ...docker, close: async () => {} };
}

import { causeText, type ExitCode, exitCode, HarnessError } from '../model/errors.ts';
import { removeLeftovers } from '../runtime/netns/leftovers.ts';
import type { Leftovers } from '../runtime/runtime.ts';

/** Removes what killed runs left: agents with their namespaces and sockets, containers and networks. */
export async function cleanCommand(): Promise<ExitCode> {
  const outcomes = [await removeLeftovers(), await removeContainers()];
  const removed = outcomes.flatMap((one) => one.removed);
  const left = outcomes.flatMap((one) => one.left);
  for (const line of removed) process.stdout.write(`removed ${line}\n`);
  for (const line of left) process.stderr.write(`could not remove ${line}\n`);
  if (removed.length + left.length === 0) process.stdout.write('nothing was left\n');
  return left.length === 0 ? exitCode.ok : exitCode.cellFailed;
}

/** Nothing where no daemon answers: what it may hold cannot be reached, and is looked for at the next start. */
async function removeContainers(): Promise<Leftovers> {
  const { dockerRuntime } = await import('../runtime/docker/docker.ts');
  try {
    return await dockerRuntime().removeLeftovers();
  } catch (error) {
    const isAbsent = error instanceof HarnessError && error.code === 'NO_DOCKER';
    return { removed: [], left: isAbsent ? [] : [`containers: ${causeText(error)}`] };
  }
}

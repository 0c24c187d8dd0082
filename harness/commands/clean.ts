import { causeText, type ExitCode, exitCode, HarnessError } from '../model/errors.ts';
import { removeLeftovers } from '../runtime/netns/leftovers.ts';

/** Removes what killed runs left: their agents, namespaces and sockets, and their containers and networks. */
export async function cleanCommand(): Promise<ExitCode> {
  const removed = [...(await removeLeftovers()), ...(await removeContainers())];
  for (const line of removed) process.stdout.write(`removed ${line}\n`);
  if (removed.length === 0) process.stdout.write('nothing was left\n');
  return exitCode.ok;
}

/** Nothing where no daemon answers: what it may hold cannot be reached, and is looked for at the next start. */
async function removeContainers(): Promise<string[]> {
  const { dockerRuntime } = await import('../runtime/docker/docker.ts');
  try {
    return await dockerRuntime().removeLeftovers();
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'NO_ENGINE') return [];
    process.stderr.write(`containers: ${causeText(error)}\n`);
    return [];
  }
}

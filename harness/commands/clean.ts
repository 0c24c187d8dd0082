import { type ExitCode, exitCode } from '../model/errors.ts';
import { removeLeftovers } from '../runtime/netns/leftovers.ts';

/** Removes what killed runs left: their agents, and with these their namespaces and sockets. */
export async function cleanCommand(): Promise<ExitCode> {
  const removed = await removeLeftovers();
  for (const line of removed) process.stdout.write(`removed ${line}\n`);
  if (removed.length === 0) process.stdout.write('nothing was left\n');
  return exitCode.ok;
}

import { type FleetOptions, fleetOrThrow } from '../cli/fleet-arguments.ts';
import { causeText, type ExitCode, exitCode } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import { removeLeftTemporary } from '../probe/temporary.ts';
import { closeRuntime } from '../runtime/close-runtime.ts';
import { type RuntimeEntry, runtimes } from '../runtime/registry.ts';
import type { Leftovers } from '../runtime/runtime.ts';
import type { Fleet } from '../runtime/swarm/hosts.ts';

/**
 * Removes what killed runs left behind in every runtime: agents with their namespaces and sockets, containers,
 * networks; with hosts, on every host that answers. Exit code 4 if something could not be removed.
 */
export async function cleanCommand(
  options: FleetOptions = {},
  entries: readonly RuntimeEntry[] = runtimes,
): Promise<ExitCode> {
  const fleet = fleetOrThrow(options) ?? undefined;
  const ofRuntimes = await Promise.all(entries.map((entry) => removeLeftovers(entry, fleet)));
  // Folders last: what used them has ended by now.
  const outcomes = [...ofRuntimes, removeLeftTemporary()];
  const removed = outcomes.flatMap((one) => one.removed);
  const left = outcomes.flatMap((one) => one.left);
  for (const line of removed) process.stdout.write(`removed ${plainText(line)}\n`);
  for (const line of left) process.stderr.write(`could not remove ${plainText(line)}\n`);
  if (removed.length + left.length === 0) process.stdout.write('nothing to remove\n');
  return left.length === 0 ? exitCode.ok : exitCode.cellFailed;
}

async function removeLeftovers(entry: RuntimeEntry, fleet: Fleet | undefined): Promise<Leftovers> {
  const runtime = await entry.load({ progress: () => {}, fleet });
  try {
    return await runtime.removeLeftovers();
  } catch (error) {
    return { removed: [], left: [`leftovers of runtime ${entry.name}: ${causeText(error)}`] };
  } finally {
    await closeRuntime(runtime, (line) => process.stderr.write(`${plainText(line)}\n`));
  }
}

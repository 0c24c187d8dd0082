import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import { HarnessError } from '../../model/errors.ts';
import type { AttachedProcess } from './attached-process.ts';

/**
 * What the engine does not set up in a peer's stack, as lines for `ip -batch -`: further addresses, and
 * routes. An engine gives a default route even on an `internal` network; peers get none.
 */
export function stackLines(plan: CellPlan, peer: PeerPlan): string[] {
  const lines = ['route flush exact 0.0.0.0/0'];
  for (const link of plan.links) {
    for (const end of link.ends) {
      if (end.role !== peer.role) continue;
      for (const address of end.addresses.slice(1)) {
        lines.push(`addr add ${address}/${link.prefixLength} dev ${end.interface}`);
      }
    }
  }
  for (const route of peer.routes) lines.push(`route add ${route.subnet} via ${route.via}`);
  return lines;
}

/**
 * Runs a command on a peer's stack in a container of its own that lives as long as the command. It alone has
 * rights over the stack: the peer's own processes have none. Rejects with its words when it fails.
 */
export async function runBeside(start: StartProcess, command: readonly string[], input: string): Promise<void> {
  const process = await start(command);
  process.output.resume();
  process.input.end(input);
  const code = await process.exitCode;
  if (code === 0) return;
  throw new HarnessError('STACK_SETUP_FAILED', `${command[0]} could not set up a peer's stack: ${await process.ended}`);
}

/** Starts a command beside a peer, attached. */
export type StartProcess = (command: readonly string[]) => Promise<AttachedProcess>;

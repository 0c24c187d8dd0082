import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import { HarnessError } from '../../model/errors.ts';
import type { AttachedProcess } from './attached-process.ts';

/**
 * What the daemon does not set up in a peer's network stack, as lines for `ip -batch -`: further addresses and
 * routes. Docker adds a default route even on an `internal` network; peers get none.
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
 * Runs a command on a peer's network stack in a container of its own, which lives as long as the command. It alone may
 * change the stack: the peer's own processes may not. Errors: STACK_SETUP_FAILED with the command's stderr.
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

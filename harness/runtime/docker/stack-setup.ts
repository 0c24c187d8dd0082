import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import { HarnessError } from '../../model/errors.ts';
import { localLines } from '../link-lines.ts';
import type { AttachedProcess } from './attached-process.ts';

/** `ip -batch` flushes IPv4 routes only, and a daemon may add the default route of IPv6 or not: this one comes first. */
const noWayOut = 'route add unreachable ::/0 metric 1';

/**
 * Network configuration of a peer that the daemon does not set up, as lines for `ip -batch -`: additional addresses and
 * routes. Docker adds a default route even on an `internal` network, which is removed; that of IPv6 is made unreachable.
 */
export function stackLines(plan: CellPlan, peer: PeerPlan): string[] {
  const isIpv6 = plan.scenario.family === 6;
  const lines = ['route flush exact 0.0.0.0/0', ...(isIpv6 ? [noWayOut] : [])];
  for (const link of plan.links) {
    for (const end of link.ends) {
      if (end.role !== peer.role || link.isLocal) continue;
      for (const address of end.addresses.slice(1)) {
        lines.push(`addr add ${address}/${link.prefixLength} dev ${end.interface}${isIpv6 ? ' nodad' : ''}`);
      }
    }
  }
  for (const route of peer.routes) lines.push(`route add ${route.subnet} via ${route.via}`);
  return [...lines, ...localLines(plan, peer)];
}

/**
 * Runs a command in a peer's network namespace, in a separate container that lives as long as the command. Only it may
 * change the network configuration; the peer's own processes may not. Errors: STACK_SETUP_FAILED with its stderr.
 */
export async function runBeside(start: StartProcess, command: readonly string[], input: string): Promise<void> {
  const process = await start(command);
  process.output.resume();
  process.input.end(input);
  const code = await process.exitCode;
  if (code === 0) return;
  throw new HarnessError(
    'STACK_SETUP_FAILED',
    `${command[0]} could not set up a peer's network namespace: ${await process.ended}`,
  );
}

/** Starts a command next to a peer, attached. */
export type StartProcess = (command: readonly string[]) => Promise<AttachedProcess>;

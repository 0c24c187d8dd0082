import type { CellPlan, LinkPlan, PeerPlan } from '../../model/cell.ts';
import { HarnessError } from '../../model/errors.ts';
import { localLines } from '../link-lines.ts';
import type { AttachedProcess } from './attached-process.ts';
import { bridgeAddress } from './networks.ts';

/**
 * The command that reads stackLines(). A batch flushes IPv4 routes alone, and by a default route through a link even
 * the link-local address of the daemon's bridge would be reached.
 */
export function stackCommand({ scenario }: CellPlan): string[] {
  if (scenario.family === 4) return ['ip', '-batch', '-'];
  return ['sh', '-c', 'ip -6 route flush exact ::/0 && exec ip -batch -'];
}

/** Should the daemon add a default route later, this one comes first. */
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
      if (isIpv6) lines.push(...keepOffBridge(link, end.interface));
      for (const address of end.addresses.slice(1)) {
        lines.push(`addr add ${address}/${link.prefixLength} dev ${end.interface}${isIpv6 ? ' nodad' : ''}`);
      }
    }
  }
  for (const route of peer.routes) lines.push(`route add ${route.subnet} via ${route.via}`);
  return [...lines, ...localLines(plan, peer)];
}

/**
 * The daemon gives its bridge, and so the machine, an IPv6 address on the link; no option keeps it off as inhibit_ipv4
 * does (measured: a peer reached a service of the machine on `::`). That address is made unreachable. The
 * bridge's link-local one is unreachable because no route leads to it; peers find each other without such addresses.
 */
function keepOffBridge(link: LinkPlan, device: string): string[] {
  return [`route add unreachable ${bridgeAddress(link.subnet)}/128 metric 1`, `addr flush dev ${device} scope link`];
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

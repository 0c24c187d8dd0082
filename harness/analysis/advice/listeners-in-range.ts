import type { MeasuredCell, PeerReport, Recommendation } from '../../model/report.ts';
import { parsePortList, parsePortRange, portRangeKey, reservedPortsKey } from '../../model/sysctls.ts';
import { believable } from '../compare/compare-profiles.ts';
import type { CellGroup } from '../compare/group-cells.ts';

/** Ports on which a peer's servers listen in a range, and that are not reserved: connect() may take one while it is free. */
export function listenersInRange({ listening = [], sysctls }: PeerReport, range: string | null | undefined): number[] {
  const within = parsePortRange(range ?? '');
  const reserved = parsePortList(sysctls.effective[reservedPortsKey] ?? '');
  if (within === null) return [];
  return listening
    .filter((port) => port >= within.low && port <= within.high)
    .filter((port) => !reserved.some(({ low, high }) => port >= low && port <= high));
}

/** A peer that opens connections and has a service inside its port range. */
export function reserveListeners({ scenario, variant, profile, form, cells }: CellGroup): Recommendation[] {
  const [cell] = believable(cells);
  return Object.entries(cell?.peers ?? {}).flatMap(([role, peer]): Recommendation[] => {
    const range = peer.sysctls.effective[portRangeKey];
    const ports = listenersInRange(peer, range);
    if (ports.length === 0 || (peer.counters['Tcp.ActiveOpens'] ?? 0) === 0) return [];
    const list = ports.join(',');
    return [
      {
        scenario,
        kind: 'reserve-ports',
        cells: { ...(variant !== undefined && { variant }), profile, form },
        action: `Reserve port ${list} on ${role} (${reservedPortsKey})`,
        because: `${role} listens on ${list}, inside its range ${range}: while the service restarts connect() can take the port, and bind() then fails with EADDRINUSE.`,
        inShort: `a listener inside the range ${range} can lose its port while it restarts`,
      },
    ];
  });
}

/** The warning of every advice for a wider range: which listeners of these roles lie in it. */
export function listenersWarning(cell: MeasuredCell | undefined, roles: readonly string[], range: string): string {
  const found = roles.flatMap((role) => {
    const peer = cell?.peers[role];
    const ports = peer === undefined ? [] : listenersInRange(peer, range);
    return ports.length === 0
      ? []
      : [
          `${role} listens on ${ports.join(', ')} in it: reserve ${ports.length === 1 ? 'that port' : 'those ports'} (${reservedPortsKey}).`,
        ];
  });
  return found.length === 0 ? '' : ` ${found.join(' ')}`;
}

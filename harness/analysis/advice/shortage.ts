import type { MeasuredCell } from '../../model/report.ts';
import { isNoPort } from '../cell/load-summary.ts';
import { inTrouble } from '../compare/group-figures.ts';

/**
 * What ran out, and at which peers. A TIME_WAIT costs a port at the side that opened the connection, and only memory
 * at the side that accepted it, up to tcp_max_tw_buckets.
 */
export interface Shortage {
  resource: 'ports' | 'buckets';
  roles: string[];
}

/** `null`: nothing ran out, or not in every repetition. */
export function shortageOf(cells: readonly MeasuredCell[]): Shortage | null {
  if (cells.length === 0 || !cells.every(inTrouble)) return null;
  if (cells.every((cell) => cell.verdict === 'overflow')) {
    return {
      resource: 'buckets',
      roles: rolesWhere(cells, (cell, role) => (cell.peers[role]?.timeWait.overflowed ?? 0) > 0),
    };
  }
  return { resource: 'ports', roles: [...new Set(cells.flatMap(withoutPorts))] };
}

/** Intermediate peers whose log says so, and the peers that make the load. */
function withoutPorts(cell: MeasuredCell): string[] {
  const roles = Object.keys(cell.peers);
  const middle = roles.filter((role) => (cell.peers[role]?.gauges['errno.EADDRNOTAVAIL']?.last ?? 0) > 0);
  if (middle.length > 0 && !loadRanOut(cell)) return middle;
  return [...middle, ...loadRoles(cell)];
}

function loadRanOut({ load, exhaustion }: MeasuredCell): boolean {
  return exhaustion?.ranOut ?? (load.failures ?? []).some(isNoPort);
}

/** Peers that open connections and accept none; if there are none, all that open any. */
function loadRoles({ peers }: MeasuredCell): string[] {
  const counted = (role: string, counter: string) => peers[role]?.counters[counter] ?? 0;
  const openers = Object.keys(peers).filter((role) => counted(role, 'Tcp.ActiveOpens') > 0);
  const first = openers.filter((role) => counted(role, 'Tcp.PassiveOpens') === 0);
  return first.length > 0 ? first : openers;
}

function rolesWhere(cells: readonly MeasuredCell[], holds: (cell: MeasuredCell, role: string) => boolean): string[] {
  return [...new Set(cells.flatMap((cell) => Object.keys(cell.peers).filter((role) => holds(cell, role))))];
}

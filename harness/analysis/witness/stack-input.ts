import { portSupply } from '../../model/port-supply.ts';
import { readingOf } from '../../model/sampled-series.ts';
import { reuseActs } from '../../model/tw-reuse.ts';
import { targetsOf } from '../../plan/topology.ts';
import { loadTimes } from '../cell/load-summary.ts';
import type { CellRecord, PeerRecord } from '../journal/collect.ts';
import type { OccupancyInput } from './occupancy.ts';

const reuseKey = 'net.ipv4.tcp_tw_reuse';
const timestampsKey = 'net.ipv4.tcp_timestamps';
const delayKey = 'net.ipv4.tcp_tw_reuse_delay';

/** What the kernel shows about a load peer's ports; `null`: the load has no times. */
export function stackInput(cell: CellRecord, peer: PeerRecord): OccupancyInput | null {
  const times = loadTimes(cell);
  if (times === null) return null;
  const since = (t: number) => t - times.startedAt;
  const settings = peer.settings?.effective ?? {};
  const usable = peer.ports.at(-1)?.usable ?? portSupply(settings, peer.settings?.listening).usable;
  const opensBefore = peer.begin?.counters['Tcp.ActiveOpens'] ?? 0;
  const inLoad = (line: { t: number }) => line.t >= times.startedAt && line.t <= times.endedAt + 100;
  return {
    ports: usable,
    reuseDelayMs: takesOver(cell, peer) ? Number(settings[delayKey] ?? 1000) : null,
    readings: peer.ports.filter(inLoad).map(({ t, pairs, sources }) => ({ atMs: since(t), pairs, sources })),
    samples: peer.samples.filter(inLoad).flatMap((sample) => {
      const tw = readingOf(sample, { name: 'tw' });
      const inUse = readingOf(sample, { name: 'inUse' });
      const opens = sample.counters['Tcp.ActiveOpens'];
      if (tw === null || inUse === null || opens === undefined) return [];
      return [{ atMs: since(sample.t), sockets: tw + inUse, opened: opens - opensBefore }];
    }),
    bindsFirst: bindsFirst(peer),
    endedAtMs: endOf(peer, since),
    activeUntilMs: lastWork(peer, since),
  };
}

/** Whether the tracepoint saw sockets bound before connect(); `null`: it was not read, or the kernel dropped events. */
function bindsFirst(peer: PeerRecord): boolean | null {
  const start = peer.program.find(({ event }) => event.is === 'start')?.event;
  if (start?.is !== 'start' || start.watchedBy === undefined) return null;
  const lines = peer.program.flatMap(({ event }) => (event.is === 'port-misses' ? [event] : []));
  if (lines.some(({ bound }) => bound > 0)) return true;
  return lines.some(({ lost }) => lost > 0) ? null : false;
}

/** When the program ended by itself; `null`: it ran to the end of the load, or the load is not a program. */
function endOf(peer: PeerRecord, since: (t: number) => number): number | null {
  const end = peer.program.find(({ event }) => event.is === 'end');
  return end?.event.is === 'end' && !end.event.isOurs ? since(end.t) : null;
}

/** When the program, or a process it started, was last seen working; `null`: not read. */
function lastWork(peer: PeerRecord, since: (t: number) => number): number | null {
  const looks = peer.program.filter(({ event }) => event.is === 'active');
  const last = looks.at(-1);
  return last === undefined ? null : since(last.t);
}

/** Whether connect() may reuse a TIME_WAIT port: tcp_tw_reuse acts, and timestamps on both sides (ip-sysctl.rst). */
function takesOver(cell: CellRecord, peer: PeerRecord): boolean {
  const value = (one: PeerRecord, key: string) => one.settings?.effective[key];
  const { to } = cell.plan.scenario.load;
  const servers = cell.plan.peers.filter(({ kind }) => kind === to).flatMap(({ role }) => cell.peers.get(role) ?? []);
  const destinations = targetsOf(cell.plan, peer.role, to).map(({ address }) => address);
  return (
    reuseActs(value(peer, reuseKey), destinations) &&
    [peer, ...servers].every((one) => value(one, timestampsKey) !== '0')
  );
}

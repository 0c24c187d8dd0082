import { type CpuUse, isPartOfAnother } from '../../model/load-facts.ts';
import type { LoadReport, PeerReport } from '../../model/report.ts';

/** A thread or process counts as saturated from this share of the cores it can use. */
const full = 0.9;
/** The same for all cores, by load and servers together: agents, samplers and interrupts use the rest. */
const machineFull = 0.85;
interface Fullest {
  name: string;
  /** Busy share of one core. */
  share: number;
  /** Busy share of the cores it can use. */
  of: number;
}

export interface Capacity {
  /** Threads of the load's engine. */
  threads: number;
  /** Cores of the machine. */
  cores: number;
  /** Cores that each name in a peer's CPU readings can use; a name that is missing may use all. */
  usesOf(role: string): Readonly<Record<string, CpuUse>>;
}

/**
 * Whose CPU limited the rate: the load generator's or the serving side's. Reported where a CPU was saturated, and for
 * every closed loop, whose rate something must limit. Empty: nothing was read, or an open loop kept its rate with CPU
 * to spare.
 */
export function saturation(
  load: Pick<LoadReport, 'rate'>,
  peers: Readonly<Record<string, Pick<PeerReport, 'cpu'>>>,
  loadRoles: readonly string[],
  capacity: Capacity,
): string[] {
  const loadSide = fullestOf(peers, capacity, (role) => loadRoles.includes(role));
  const otherSide = fullestOf(peers, capacity, (role) => !loadRoles.includes(role));
  const busiest = [loadSide, otherSide].filter((one) => one !== null).map((one) => `${one.name} ${percent(one.share)}`);
  if (busiest.length === 0) return [];
  const figures = `busiest on each side, share of one core: ${busiest.join(', ')}`;
  const isFull = (one: Fullest | null) => one !== null && one.of >= full;
  if (isFull(loadSide) && isFull(otherSide)) return [`Both sides saturated their CPU (${figures}).`];
  if (isFull(loadSide)) return [`The load generator saturated its CPU, the serving side did not (${figures}).`];
  if (isFull(otherSide))
    return [`The serving side saturated its CPU and limited the rate, the load generator did not (${figures}).`];
  const used = sumOf(peers, capacity);
  if (used >= machineFull * capacity.cores) {
    return [`The machine's ${capacity.cores} cores were saturated: ${used.toFixed(1)} used in total (${figures}).`];
  }
  return load.rate.offered === null ? [`No CPU was saturated (${figures}).`] : [];
}

function fullestOf(
  peers: Readonly<Record<string, Pick<PeerReport, 'cpu'>>>,
  { threads, cores, usesOf }: Capacity,
  isMeant: (role: string) => boolean,
): Fullest | null {
  const usable = (use: CpuUse = 'all') =>
    use === 1 || use === 'busiest-thread' ? 1 : Math.min(cores, use === 'threads' ? threads : cores);
  const all = Object.entries(peers)
    .filter(([role]) => isMeant(role))
    .flatMap(([role, peer]) =>
      sharesOf(peer, usesOf(role)).map(([name, share]) => ({
        name: `${role} ${name}`,
        share,
        of: share / usable(usesOf(role)[name]),
      })),
    );
  return all.reduce<Fullest | null>((most, one) => (most === null || one.of > most.of ? one : most), null);
}

/** The kernel's part of a share saturates nothing by itself. */
function sharesOf({ cpu }: Pick<PeerReport, 'cpu'>, uses: Readonly<Record<string, CpuUse>>): [string, number][] {
  return Object.entries(cpu ?? {}).filter(([name]) => uses[name] !== 'kernel-part');
}

function sumOf(peers: Readonly<Record<string, Pick<PeerReport, 'cpu'>>>, { usesOf }: Capacity): number {
  const shares = Object.entries(peers).flatMap(([role, peer]) =>
    Object.entries(peer.cpu ?? {}).filter(([name]) => !isPartOfAnother(usesOf(role)[name])),
  );
  return shares.reduce((sum, [, share]) => sum + share, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

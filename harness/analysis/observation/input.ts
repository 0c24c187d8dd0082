import type { ObservedTarget, ProcessName } from '../../model/observation.ts';
import type { PortSupply } from '../../model/port-supply.ts';
import type { Sightings } from '../../model/socket-look.ts';
import type { PortRange } from '../../model/sysctls.ts';

/** Everything that an observation read, before anything is concluded from it. */
export interface ObservationInput {
  lab: string | null;
  kernel: string | null;
  startedAt: string;
  durationMs: number;
  target: ObservedTarget & { pid: number; namespace: string | null };
  /** `null` values: not read, or the kernel lacks the key. */
  settings: Readonly<Record<string, string | null>>;
  sightings: Sightings;
  /** Every process of the network namespace, by pid. */
  processes: ReadonlyMap<number, ProcessName>;
  conntrackTimeWait: number | null;
  unreadable: { what: string; hint: string }[];
  /** Other network namespaces that processes of the machine are in. */
  otherNamespaces: number;
  /** Converts an address from the kernel's hexadecimal (probe/proc-address.ts). */
  addressText(hex: string): string;
}

/** What the settings say about ports and reuse. */
export interface PortFacts {
  range: PortRange;
  supply: PortSupply;
  reuse: '0' | '1' | '2';
  /** Whether tcp_timestamps allows reuse, as far as this side is concerned. */
  hasTimestamps: boolean;
  reuseDelayMs: number;
  buckets: number | null;
  /** Absent: connect() searches by parity (model/port-search.ts). */
  randomStep?: boolean;
}

import type { ObservationInput } from '../../harness/analysis/observation/input.ts';
import { makeObservation } from '../../harness/analysis/observation/make-observation.ts';
import type { Observation, ProcessName } from '../../harness/model/observation.ts';
import type { SocketLook } from '../../harness/model/socket-look.ts';
import { addressText } from '../../harness/probe/proc-address.ts';
import { SocketGroups } from '../../harness/probe/socket-groups.ts';

/** Sockets of one end: how many in which state; TIME_WAITs are `everyMs` apart, the youngest first. */
export interface SampleSockets {
  state: number;
  count: number;
  localPort: number;
  remotePort: number;
  /** Last byte of the remote address 198.18.0.x. */
  host?: number;
  everyMs?: number;
  /** Age of the youngest. */
  youngestMs?: number;
  /** Of the first one; the next have the next ones. */
  inode?: number;
}

export const worker: ProcessName = { pid: 812, name: 'redis-cli', container: '0123456789ab' };

const range = { low: 32768, high: 33767 };

export function sampleLook(
  t: number,
  sockets: readonly SampleSockets[],
  owned: ReadonlyMap<number, ProcessName>,
): SocketLook {
  const groups = new SocketGroups(range);
  for (const { state, count, localPort, remotePort, host = 2, everyMs = 0, youngestMs = 5, inode = 0 } of sockets) {
    for (let i = 0; i < count; i++) {
      groups.add({
        source: 0x010012c6,
        remote: host * 2 ** 24 + 0x0012c6,
        localPort: localPort >= range.low && state !== 10 ? localPort + i : localPort,
        remotePort: localPort >= range.low ? remotePort : remotePort + i,
        state,
        receiveQueue: 0,
        timer: state === 6 ? 3 : 0,
        timerMs: state === 6 ? Math.max(0, 60_000 - i * everyMs - youngestMs) : 0,
        uid: 0,
        inode: inode === 0 ? 0 : inode + i,
      });
    }
  }
  const { rows, listeners, living } = groups;
  return { t, tookMs: 1, longestReadMs: 0.2, rows, groups: groups.groups, listeners, living, owners: owned };
}

export interface SampleOptions {
  before?: readonly SampleSockets[];
  after: readonly SampleSockets[];
  /** Growth of counters in the ten seconds. */
  counters?: Record<string, number>;
  settings?: Record<string, string | null>;
  owned?: ReadonlyMap<number, ProcessName>;
}

/** An observation of ten seconds over 1,000 ports, from made-up sockets. */
export function sampleInput({
  before,
  after,
  counters = {},
  settings = {},
  owned = new Map(),
}: SampleOptions): ObservationInput {
  const zero = {
    ...{ 'Tcp.ActiveOpens': 0, 'Tcp.PassiveOpens': 0, 'Tcp.AttemptFails': 0, 'Tcp.OutRsts': 0, 'TcpExt.TW': 0 },
    ...{ 'TcpExt.TWKilled': 0, 'TcpExt.TWRecycled': 0, 'TcpExt.TCPTimeWaitOverflow': 0, 'TcpExt.TCPAbortOnData': 0 },
    ...{ 'TcpExt.TCPAbortOnClose': 0, 'TcpExt.TCPSynRetrans': 0, 'TcpExt.ListenOverflows': 0 },
  };
  const tw = after.filter(({ state }) => state === 6).reduce((sum, { count }) => sum + count, 0);
  const last = sampleLook(10_000, after, owned);
  return {
    lab: '0.2.0',
    kernel: '6.18.0',
    startedAt: '2026-11-25T03:00:00.000Z',
    durationMs: 10_000,
    target: { kind: 'container', name: 'api-7', pid: 800, namespace: 'net:[4026531833]' },
    settings: {
      'net.ipv4.ip_local_port_range': `${range.low} ${range.high}`,
      'net.ipv4.tcp_tw_reuse': '0',
      'net.ipv4.tcp_tw_reuse_delay': '1000',
      'net.ipv4.tcp_timestamps': '1',
      'net.ipv4.tcp_max_tw_buckets': '131072',
      ...settings,
    },
    sightings: {
      quick: [
        { t: 0, counters: zero, tw: 0, inUse: 0, inUse6: 0 },
        { t: 10_000, counters: { ...zero, ...counters }, tw, inUse: 0, inUse6: 0 },
      ],
      looks: before === undefined ? [last] : [sampleLook(0, before, new Map()), last],
      cpuMs: 12,
    },
    processes: new Map([...owned.values()].map((process) => [process.pid, process])),
    conntrackTimeWait: null,
    unreadable: [],
    otherNamespaces: 0,
    addressText,
  };
}

/** 40 connections a second to one destination of 1,000 ports, closed first by redis-cli: half used, 500 left. */
export function sampleObservation(): Observation {
  return makeObservation(
    sampleInput({
      before: [{ state: 6, count: 100, localPort: 32768, remotePort: 6379, everyMs: 25 }],
      after: [
        { state: 6, count: 499, localPort: 32768, remotePort: 6379, everyMs: 25 },
        { state: 1, count: 1, localPort: 33500, remotePort: 6379, inode: 70 },
      ],
      counters: { 'Tcp.ActiveOpens': 400, 'TcpExt.TW': 400 },
      owned: new Map([[70, worker]]),
    }),
  );
}

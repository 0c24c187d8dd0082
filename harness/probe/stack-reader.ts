import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Counters, Occupancy } from '../model/journal.ts';
import { portSupply } from '../model/port-supply.ts';
import { sysctlPath } from '../model/sysctl-key.ts';
import { portRangeKey, reservedPortsKey } from '../model/sysctls.ts';
import { parseConntrackStates } from './conntrack.ts';
import { hasGlobalIpv6 } from './if-inet6.ts';
import { MibReader, parseMib, sampledCounters } from './mib.ts';
import { occupancyOf } from './occupancy.ts';
import { type PortUse, portUseOf } from './port-use.ts';
import { ProcFile } from './proc-file.ts';
import { listeningPorts, portsOfOneAddress } from './proc-net-tcp.ts';
import { readAll, readConntrackCount, socketsInUse } from './readings.ts';
import { parseSockstat, parseTcp6InUse } from './sockstat.ts';
import { SsProcess } from './ss-process.ts';
import { completeStates, parseSsStates } from './ss-states.ts';

const run = promisify(execFile);

const snmp = new MibReader(sampledCounters);
const netstat = new MibReader(sampledCounters);

/** Files that are read repeatedly. */
const files = {
  sockstat: new ProcFile('/proc/net/sockstat'),
  snmp: new ProcFile('/proc/net/snmp'),
  netstat: new ProcFile('/proc/net/netstat'),
  sockstat6: new ProcFile('/proc/net/sockstat6'),
};

export interface QuickReading {
  /** By the names of `sampledSeries`; `null`: not available on this machine. */
  readings: Record<string, number | null>;
  counters: Counters;
}

/**
 * Reads this process's own network namespace from /proc/net, at a cost that does not depend on the number of sockets.
 */
export function readQuick(): QuickReading {
  return {
    readings: readAll({ sockstat: files.sockstat.read(), sockstat6: sockstat6() }),
    counters: { ...snmp.read(files.snmp.read()), ...netstat.read(files.netstat.read()) },
  };
}

export function readCounters(only?: ReadonlySet<string>): Counters {
  return { ...parseMib(read('snmp'), only), ...parseMib(read('netstat'), only) };
}

export function readTw(): number {
  return parseSockstat(read('sockstat')).tw;
}

const ss = new SsProcess();

/**
 * Sockets by state, TIME_WAIT from sockstat. TIME_WAIT is not dumped, but the kernel still walks over it: the cost
 * grows to 5 ms per address family at 60,000. Resolves `null` if ss is missing.
 */
export async function readStates(): Promise<{ states: Record<string, number>; smallFinWait2: number } | null> {
  // Read before the dump: a socket added meanwhile may be in the dump as FIN_WAIT2 and must not count as TIME_WAIT.
  const tw = readTw();
  const text = await ss.dump(hasTcp6());
  if (text === null) return null;
  const counts = parseSsStates(text);
  return { states: completeStates(counts, tw), smallFinWait2: counts.smallFinWait2 };
}

/** Whether this network namespace has IPv6 sockets, as with a server that accepts both families on one socket. */
function hasTcp6(): boolean {
  const text = sockstat6();
  return text !== '' && parseTcp6InUse(text) > 0;
}

/** Empty on a kernel without IPv6. */
function sockstat6(): string {
  try {
    return files.sockstat6.read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Entries by TCP state from `conntrack -L`; `null` if conntrack is off or its program is missing. */
export async function readConntrackStates(): Promise<Record<string, number> | null> {
  if (readConntrackCount() === null) return null;
  try {
    const { stdout } = await run('conntrack', ['-L', '-f', conntrackFamily(), '-p', 'tcp'], { maxBuffer: 1 << 28 });
    return parseConntrackStates(stdout);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || typeof code === 'number') return null;
    throw error;
  }
}

/** conntrack lists one family at a time: that of the peer's links, which are all alike. */
function conntrackFamily(): 'ipv4' | 'ipv6' {
  return hasGlobalIpv6(readIfThere('if_inet6')) ? 'ipv6' : 'ipv4';
}

/** Ports with a listener, IPv4 and IPv6: a server may accept both families on one IPv6 socket. */
export function readListeningPorts(): Set<number> {
  return new Set([...listeningPorts(read('tcp')), ...listeningPorts(readIfThere('tcp6'))]);
}

/** Of the listening ports, those that bind(2) may still take for another address. */
export function readPortsOfOneAddress(): Set<number> {
  return portsOfOneAddress(readProcNetTcp().join('\n'));
}

/** Socket tables of both families. */
export function readProcNetTcp(): string[] {
  return [read('tcp'), readIfThere('tcp6')];
}

/** Sockets by remote end; `null`: the tables cannot be read. */
export function readOccupancy(): Occupancy[] | null {
  try {
    return occupancyOf(readProcNetTcp());
  } catch {
    return null;
  }
}

/** Below this share of the range no destination can have all its ports in use, so they are not counted. */
const nearlyFull = 0.8;

/**
 * Ports in use by destination; `null` if the range is far from full, which /proc/net/sockstat shows at a constant cost, or
 * cannot be read. Otherwise walks over all sockets.
 */
export function readPortUse(): PortUse | null {
  const sysctls = { [portRangeKey]: readSysctl(portRangeKey), [reservedPortsKey]: readSysctl(reservedPortsKey) };
  const sockstat = read('sockstat');
  const sockets = parseSockstat(sockstat).tw + socketsInUse({ sockstat, sockstat6: readIfThere('sockstat6') });
  if (sockets < nearlyFull * portSupply(sysctls).usable) return null;
  return portUseOf(readProcNetTcp(), sysctls);
}

function readSysctl(key: string): string | null {
  try {
    return readFileSync(sysctlPath(key), 'utf8').trim();
  } catch {
    return null;
  }
}

function read(name: string): string {
  return readFileSync(`/proc/net/${name}`, 'utf8');
}

/** Empty if the kernel lacks the protocol. */
function readIfThere(name: string): string {
  try {
    return read(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

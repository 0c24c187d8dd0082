import type { CellPlan, PeerPlan } from '../model/cell.ts';
import { linkParts, shapeText } from '../model/link.ts';
import { portRangeKey, reservedPortsKey } from '../model/sysctls.ts';
import { hopsOf } from './hops.ts';
import { connectsOverLoopback } from './local-links.ts';
import type { Overrides } from './overrides.ts';

/**
 * What a reader must know about a planned cell besides its settings: settings without effect, what was scaled. Pure.
 */
export function notesOf(cell: CellPlan, { sysctls, rate }: Pick<Overrides, 'sysctls' | 'rate'>): string[] {
  return [
    ...new Set([
      ...shapedLinks(cell),
      ...rateWithoutArrivals(cell, rate),
      ...reuseWithoutTimestamps(cell),
      ...loopbackOnly(cell),
      ...reuseWithBind(cell),
      ...delayWithoutReuse(cell),
      ...scaledRanges(cell, sysctls),
      ...unscaledKeys(cell, sysctls),
    ]),
  ];
}

function rateWithoutArrivals({ scenario: { load } }: CellPlan, rate: Overrides['rate']): string[] {
  return typeof rate === 'number' && load.arrival.loop === 'closed'
    ? ['--rate does not apply: its connections stay open, and each sends its next request after an answer']
    : [];
}

function shapedLinks({ scenario }: CellPlan): string[] {
  return scenario.links.map(linkParts).flatMap(({ between, shape }) => {
    const text = shapeText(shape);
    return text === '' ? [] : [`link ${between.join('–')}: ${text}`];
  });
}

const reuseKey = 'net.ipv4.tcp_tw_reuse';
const timestampsKey = 'net.ipv4.tcp_timestamps';

/** Whether a planned tcp_tw_reuse acts: 2 does over loopback alone. An absent value is not planned. */
function reuses(cell: CellPlan, role: string, value: string | undefined): boolean {
  return value === '1' || (value === '2' && connectsOverLoopback(cell, role));
}

/** The kernel's default acts on loopback addresses alone (net/ipv4/tcp_ipv4.c tcp_twsk_unique). */
function loopbackOnly(cell: CellPlan): string[] {
  return hopsOf(cell).flatMap(({ openers }) =>
    openers
      .filter((role) => cell.peers.find((peer) => peer.role === role)?.sysctls[reuseKey] === '2')
      .filter((role) => !connectsOverLoopback(cell, role))
      .map((role) => `${reuseKey}=2 on ${role} has no effect: it acts on loopback addresses (127.0.0.0/8, ::1) alone`),
  );
}

/**
 * connect() reuses a TIME_WAIT only where the connection had timestamps, which both sides must offer
 * (tcp_twsk_unique).
 */
function reuseWithoutTimestamps(cell: CellPlan): string[] {
  const of = (role: string) => cell.peers.find((peer) => peer.role === role)?.sysctls;
  return hopsOf(cell).flatMap(({ openers, acceptors }) => {
    const off = [...openers, ...acceptors].filter((role) => of(role)?.[timestampsKey] === '0');
    const reusing = openers.filter((role) => reuses(cell, role, of(role)?.[reuseKey]));
    return reusing.flatMap((role) => {
      const without = off.filter((other) => other === role || acceptors.includes(other));
      if (without.length === 0) return [];
      return [
        `${reuseKey}=${of(role)?.[reuseKey]} on ${role} has no effect: ${timestampsKey}=0 on ${without.join(', ')}, and reuse needs timestamps on both sides`,
      ];
    });
  });
}

/** bind(2) never reuses a TIME_WAIT port (measured: 2,000 of 2,000 four-tuples used, none recycled). */
function reuseWithBind({ peers, scenario }: CellPlan): string[] {
  if (scenario.load.bindAddresses === 0 || scenario.load.bindNoPort) return [];
  return peers
    .filter((peer) => peer.kind === scenario.load.from && peer.sysctls[reuseKey] === '1')
    .map(({ role }) => `${reuseKey}=1 on ${role} has no effect: bind(2) chooses the port and never reuses a TIME_WAIT`);
}

const reuseDelayKey = 'net.ipv4.tcp_tw_reuse_delay';

function delayWithoutReuse(cell: CellPlan): string[] {
  return cell.peers.flatMap(({ role, sysctls }) => {
    const delay = sysctls[reuseDelayKey];
    if (delay === undefined || reuses(cell, role, sysctls[reuseKey] ?? '2')) return [];
    return [`${reuseDelayKey}=${delay} on ${role} has no effect: ${reuseKey} is not 1 there`];
  });
}

/** Whether the command line gives a peer a value of this key. */
function isAsked({ kind }: PeerPlan, key: string, commandLine: Overrides['sysctls']): boolean {
  return (commandLine[kind]?.[key] ?? commandLine.all?.[key] ?? '') !== '';
}

/** A range from the command line, scaled to the quick form. */
function scaledRanges({ peers }: CellPlan, commandLine: Overrides['sysctls']): string[] {
  return peers.flatMap((peer) => {
    const range = peer.unscaled?.[portRangeKey];
    if (range === undefined || !isAsked(peer, portRangeKey, commandLine)) return [];
    return [`quick form: ${portRangeKey} of ${peer.role} is ${peer.sysctls[portRangeKey]}, scaled from ${range}`];
  });
}

/** A command-line setting that the quick form does not scale has more effect with fewer ports. */
function unscaledKeys({ peers, scenario, form }: CellPlan, commandLine: Overrides['sysctls']): string[] {
  if (form !== 'quick' || scenario.quick?.scalePorts !== true) return [];
  const keys = [reservedPortsKey, 'net.ipv4.tcp_max_tw_buckets'];
  return peers
    .filter((peer) => peer.kind === scenario.subject)
    .flatMap((peer) => keys.filter((key) => isAsked(peer, key, commandLine)))
    .map((key) => `quick form: the port range is scaled, ${key} is not; compare it in the full form`);
}

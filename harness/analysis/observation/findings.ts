import { duration, figure, withUnit } from '../../model/figure.ts';
import type { Observation, ObservedDestination, ObservedProcess, ProcessName } from '../../model/observation.ts';
import { ends } from './words.ts';

type Observed = Omit<Observation, 'headline' | 'advice'>;
type Advice = Observation['advice'][number];

/** One sentence: the worst that was found, with its figures. */
export function headlineOf(observed: Observed): string {
  const [worst] = observed.destinations.filter(({ verdict }) => verdict === observed.verdict);
  const { usable } = observed.ports;
  if (observed.verdict === 'exhausted' && worst !== undefined) {
    return `${ends(worst)} has used all of its ${figure(usable)} ports: connect() fails with EADDRNOTAVAIL${wanted(worst)}${whoDoes(worst)}.`;
  }
  if (observed.verdict === 'overflow') {
    return `tcp_max_tw_buckets is reached: ${withUnit(observed.rates.overflowed ?? 0, '/s')} connections are closed without TIME_WAIT.`;
  }
  if (observed.verdict === 'leaking') return leakHeadline(observed, worst);
  if (worst !== undefined && (observed.verdict === 'degraded' || observed.verdict === 'inconclusive')) {
    return `${ends(worst)} uses ${percent(worst.share)} of its ${figure(usable)} ports${future(worst)}${whoDoes(worst)}.`;
  }
  const [most] = observed.destinations;
  if (most === undefined || most.used === 0) return nothingUsed(observed);
  const rate = most.openedPerSec === null ? '' : ` at ${withUnit(most.openedPerSec, '/s')}`;
  return `No port shortage in sight: the most used destination is ${ends(most)} with ${percent(most.share)} of its ${figure(usable)} ports${rate}.`;
}

/** Connections that end before anybody can look at them leave only the kernel's counters. */
function nothingUsed({ rates, closesFirst }: Observed): string {
  const opened = rates.opened ?? 0;
  if (opened < 0.2) return 'No connection uses a port of the range: nothing can run out.';
  const how = closesFirst === 'reset' ? 'this side resets them' : 'the other side closes them first';
  return `No port shortage in sight: ${withUnit(opened, '/s')} connections are opened and end within milliseconds; ${how}, which frees their ports at once.`;
}

function leakHeadline({ processes, durationMs }: Observed, worst: ObservedDestination | undefined): string {
  const culprit = processes.find(({ verdict }) => verdict === 'leaking');
  if (culprit !== undefined)
    return `${processText(culprit)} holds ${figure(culprit.closeWait)} connections in CLOSE_WAIT: the other side closed them, the program did not.`;
  if (worst === undefined) return 'Connections are left open.';
  const closeWaits = worst.states.CLOSE_WAIT ?? 0;
  if (closeWaits > 0)
    return `${ends(worst)} has ${figure(closeWaits)} connections in CLOSE_WAIT: the other side closed them, this side did not.`;
  return `${ends(worst)} opens ${withUnit(worst.openedPerSec ?? 0, '/s')} connections and nobody closes them (seen for ${duration(durationMs)})${future(worst)}.`;
}

function future({ outlook, openedPerSec }: ObservedDestination): string {
  const rate = openedPerSec === null ? '' : ` at ${withUnit(openedPerSec, '/s')}`;
  if (outlook.exhaustedInMs !== null) return ` and will run out in about ${about(outlook.exhaustedInMs)}${rate}`;
  if (outlook.cliffInMs === 0) return `: past half of them connect() has to search for a free one${rate}`;
  if (outlook.cliffInMs !== null)
    return ` and will be past half of them, where connect() slows down, in about ${about(outlook.cliffInMs)}${rate}`;
  return rate;
}

/** The rate of a destination without free ports says how fast they become free, not how many are wanted. */
function wanted({ demandPerSec }: ObservedDestination): string {
  return demandPerSec == null || demandPerSec <= 0 ? '' : `; it wants at least ${withUnit(demandPerSec, '/s')}`;
}

/** A minute has only two digits that can be known. */
function about(ms: number): string {
  return duration(ms < 120_000 ? Math.max(1, Math.round(ms / 1000)) * 1000 : Math.round(ms / 60_000) * 60_000);
}

/** What the program does that uses the ports up, and who it is. */
function whoDoes({ closesFirst, processes, lifetimeMs }: ObservedDestination): string {
  const [who] = processes;
  if (closesFirst !== 'here') return who === undefined ? '' : `; ${processText(who)}`;
  const life = lifetimeMs === null ? '' : ` of about ${duration(Math.max(1, Math.round(lifetimeMs)))}`;
  return `; ${who === undefined ? 'a program that no longer has a socket there' : processText(who)} closes first and keeps a port for 60 s after each connection${life}`;
}

/** `redis-cli (pid 812, container 3f2a…)`. */
export function processText({ name, pid, container }: ProcessName): string {
  return `${name} (pid ${pid}${container === null ? '' : `, container ${container}`})`;
}

function percent(share: number | null): string {
  return share === null ? 'an unknown share' : `${figure(Math.round(share * 1000) / 10)} %`;
}

/** What to do about it, most urgent first: the same advice as after a run, from what can be seen of one side. */
export function adviceFor(observed: Observed): Advice[] {
  const { destinations, processes, listeners, settings } = observed;
  const short = destinations.filter(({ verdict }) => ['exhausted', 'degraded', 'inconclusive'].includes(verdict));
  return [
    ...processes.filter(({ verdict }) => verdict === 'leaking').map(closeLeak),
    ...destinations.filter((one) => one.verdict === 'leaking' && one.closesFirst === 'nobody').map(closeOpen),
    ...short.filter(({ closesFirst }) => closesFirst === 'here').flatMap((one) => shortOfPorts(one, observed)),
    ...timestamps(short, settings),
    ...(observed.verdict === 'overflow' ? [buckets(settings)] : []),
    ...listeners
      .filter(({ isInRange }) => isInRange)
      .slice(0, 3)
      .map(reserve),
    ...conntrack(observed),
    ...acceptQueue(observed),
  ];
}

function closeLeak(process: ObservedProcess): Advice {
  const grew = process.newCloseWait === null ? '' : `, ${figure(process.newCloseWait)} of them new`;
  const because = `${figure(process.closeWait)} connections in CLOSE_WAIT${grew}. No kernel setting closes them.`;
  return { action: `Close the connections in ${processText(process)}`, because };
}

function closeOpen(one: ObservedDestination): Advice {
  const because = `${figure(one.states.ESTABLISHED ?? 0)} connections stay open and none is closed: each keeps its port.`;
  return { action: `Close or reuse the connections from ${one.source} to ${one.address}:${one.port}`, because };
}

function shortOfPorts(one: ObservedDestination, { settings, ports, listeners }: Observed): Advice[] {
  const { demandPerSec } = one;
  const because =
    demandPerSec == null
      ? `${withUnit(one.timeWaitPerSec, '/s')} connections end in TIME_WAIT here, each of which keeps a port for 60 s.`
      : `at least ${withUnit(demandPerSec, '/s')} are wanted, and each keeps a port in TIME_WAIT for 60 s.`;
  const keep = {
    action: `Reuse connections to ${one.address}:${one.port} (keep-alive, a pool)`,
    because,
  };
  const { withReuse, outlook } = one;
  const usable = figure(ports.usable);
  const helps = withReuse !== null && withReuse.exhaustedInMs === null && outlook.exhaustedInMs !== null;
  const reuse =
    settings['net.ipv4.tcp_tw_reuse'] === '1' || withReuse === null || withReuse.maxRatePerSec === null
      ? []
      : [
          {
            action: 'Set net.ipv4.tcp_tw_reuse=1 here, the side that connects',
            because: `${usable} ports then allow ${withUnit(withReuse.maxRatePerSec, '/s')} instead of ${withUnit(outlook.maxRatePerSec ?? 0, '/s')}${helps ? `, more than the ${withUnit(demandPerSec ?? one.openedPerSec ?? 0, '/s')} ${demandPerSec == null ? 'of now' : 'seen in the last minute'}` : ''}. Both sides need TCP timestamps.`,
          },
        ];
  const wide = 65_535 - 1024 + 1;
  const range =
    ports.inRange >= wide * 0.9
      ? []
      : [
          {
            action: `Set net.ipv4.ip_local_port_range='1024 65535', reserving the ports of listeners in it`,
            because: `the ceiling without reuse rises from ${withUnit(ports.usable / 60, '/s')} to ${withUnit(wide / 60, '/s')} for each destination.${listenersFrom1024(listeners)}`,
          },
        ];
  return [keep, ...reuse, ...range];
}

function listenersFrom1024(listeners: Observed['listeners']): string {
  const found = [...new Set(listeners.map(({ port }) => port))].filter((port) => port >= 1024).sort((a, b) => a - b);
  if (found.length === 0) return '';
  const more = found.length > 5 ? ` and ${figure(found.length - 5)} more` : '';
  return ` Listeners here that lie in it: ${found.slice(0, 5).join(', ')}${more}.`;
}

function timestamps(short: readonly ObservedDestination[], settings: Observed['settings']): Advice[] {
  if (short.length === 0 || settings['net.ipv4.tcp_tw_reuse'] !== '1' || settings['net.ipv4.tcp_timestamps'] !== '0')
    return [];
  return [
    { action: 'Set net.ipv4.tcp_timestamps=1', because: 'tcp_tw_reuse is 1, but reuses nothing without timestamps.' },
  ];
}

function buckets(settings: Observed['settings']): Advice {
  const most = settings['net.ipv4.tcp_max_tw_buckets'];
  const action = 'Reuse connections, or raise net.ipv4.tcp_max_tw_buckets';
  return {
    action,
    because: `at ${most ?? 'its limit'} the kernel skips TIME_WAIT: late packets then reach new connections.`,
  };
}

function reserve({ port, process }: Observation['listeners'][number]): Advice {
  const who = process === null ? 'a listener' : processText(process);
  const action = `Reserve port ${port} (net.ipv4.ip_local_reserved_ports)`;
  return {
    action,
    because: `${who} listens inside the port range: while it restarts connect() can take the port, and bind() then fails with EADDRINUSE.`,
  };
}

function conntrack({ conntrack: table }: Observed): Advice[] {
  if (table === null || table.max === null || table.count < 0.8 * table.max) return [];
  const because = `${figure(table.count)} of ${figure(table.max)} entries are in use; when it is full new connections are dropped.`;
  return [{ action: 'Raise net.netfilter.nf_conntrack_max, or track fewer connections', because }];
}

function acceptQueue({ rates, settings }: Observed): Advice[] {
  const overflows = rates.listenOverflows ?? 0;
  if (overflows <= 0) return [];
  const because = `the accept queue overflows ${withUnit(overflows, '/s')} (ListenOverflows); net.core.somaxconn is ${settings['net.core.somaxconn'] ?? 'unknown'}.`;
  return [{ action: 'Accept faster, or raise the backlog of listen() and net.core.somaxconn', because }];
}

import { duration, figure } from '../../model/figure.ts';
import type { Testimony } from './witness.ts';

/** One reading of the local ports of a network namespace, ms since the load began. */
export interface PortReading {
  atMs: number;
  /** Local ports in use from one source to one destination, TIME_WAIT included. */
  pairs: readonly { source: string; destination: string; used: number }[];
  /** Local ports in use from one source to anywhere: what bind(2) without IP_BIND_ADDRESS_NO_PORT shares. */
  sources: readonly { source: string; used: number }[];
}

/** Cheap reading of every sample: an upper bound of any destination's ports. */
export interface LoadReading {
  atMs: number;
  /** TIME_WAIT and sockets in use (sockstat). */
  sockets: number;
  /** Tcp.ActiveOpens since the load began. */
  opened: number;
}

export interface OccupancyInput {
  /** Usable local ports: the range minus reserved ports and listeners in it. */
  ports: number;
  /** Minimum age of a TIME_WAIT that connect() may reuse, ms; `null`: it may not reuse any. */
  reuseDelayMs: number | null;
  readings: readonly PortReading[];
  samples: readonly LoadReading[];
  /** Whether sockets were bound to a port before connect(); `null`: not read. */
  bindsFirst: boolean | null;
  /** When the program ended, ms since the load began; `null`: it ran to the end of the load. */
  endedAtMs: number | null;
  /** Since the load began, ms: when the program was last seen working (CPU, context switches). `null`: not read. */
  activeUntilMs: number | null;
}

/** A program that ends this soon after the range was full may not have wanted another port. */
const stoppedMs = 250;
/** Ports of a source are read by destination from this share on (probe/stack-reader.ts); what happens above it may be missed. */
const nearlyShared = 0.8;
/** With reuse: this near to one connection per port and delay is the ceiling itself. */
const pinnedShare = 0.98;

/**
 * Ports as a witness: where every local port from a source to a destination is in use, the next connect() there fails,
 * unless reuse lets it through (net/ipv4/inet_hashtables.c __inet_hash_connect). Pure.
 */
export function occupancyWitness(input: OccupancyInput): Testimony {
  const { ports, readings, samples } = input;
  if (ports <= 0 || samples.length === 0) return { says: 'blind', text: 'the use of the port range was not read' };
  const full = fullSince(input);
  if (full === null) {
    const most = Math.max(0, ...readings.flatMap((one) => one.pairs.map((pair) => pair.used)));
    const bound = Math.max(...samples.map((one) => one.sockets));
    if (bound >= ports && readings.length === 0) {
      return {
        says: 'blind',
        text: `up to ${figure(bound)} sockets on ${figure(ports)} ports, but not by destination`,
      };
    }
    const shared = nearlySharedOut(input, bound);
    if (shared !== null) return { says: 'blind', text: shared };
    const used = readings.length === 0 ? bound : most;
    return {
      says: 'clear',
      text: `at most ${figure(Math.min(used, bound))} of ${figure(ports)} ports to one destination were in use`,
    };
  }
  const { atMs, where } = full;
  const wentOnMs =
    Math.min(input.endedAtMs ?? Number.POSITIVE_INFINITY, input.activeUntilMs ?? Number.POSITIVE_INFINITY) - atMs;
  const what = `all ${figure(ports)} ports ${where.text} were in use after ${duration(atMs)}`;
  if (wentOnMs < stoppedMs) {
    // A program that needed exactly that many ports and one that hid its error look the same from outside.
    return { says: 'blind', text: `${what}, and the program then stopped: whether it needed more ports is unknown` };
  }
  if (input.reuseDelayMs !== null) {
    const pinned = mostPerDelay(samples, input.reuseDelayMs);
    if (pinned < ports * pinnedShare) {
      return {
        says: 'clear',
        text: `${what}, but connect() reused old TIME_WAITs: at most ${figure(pinned)} per delay`,
      };
    }
  }
  return {
    says: 'saw',
    certainty: 'inferred',
    atMs,
    destination: where.destination,
    count: null,
    text: `${what} while the program went on: every further connect() fails with EADDRNOTAVAIL`,
  };
}

/** First instant from which a destination's ports, or (once nothing was opened any more) a source's, were all in use. */
function fullSince({ ports, readings, samples, bindsFirst }: OccupancyInput) {
  for (const { atMs, pairs, sources } of readings) {
    const pair = pairs.find((one) => one.used >= ports);
    if (pair !== undefined) {
      return { atMs, where: { text: `from ${pair.source} to ${pair.destination}`, destination: pair.destination } };
    }
    const source = bindsFirst === false ? undefined : sources.find((one) => one.used >= ports);
    if (source !== undefined && hasStopped(samples, atMs)) {
      return { atMs, where: { text: `of ${source.source}, to all destinations together,`, destination: null } };
    }
  }
  return null;
}

/**
 * Why nobody knows whether bind(2) found a port: it shares a source's ports among all destinations, so that they end while
 * each destination has used a part of them. A failed bind() leaves no trace in the kernel, and readings are too
 * far apart to have seen the last port taken. `null`: connect() chose the ports, or enough of them were free.
 */
function nearlySharedOut({ ports, readings, samples, bindsFirst }: OccupancyInput, sockets: number): string | null {
  const least = ports * nearlyShared;
  const isShared = ({ pairs, sources }: PortReading) =>
    sources.some(({ source, used }) => {
      const most = Math.max(0, ...pairs.filter((pair) => pair.source === source).map((pair) => pair.used));
      return used >= least && most < used;
    });
  if (bindsFirst === false || sockets < least) return null;
  if (readings.length > 0 && !readings.some(isShared)) return null;
  // A bind() would have failed: that connections were still opened shows that connect() chose their ports.
  const wentOn = readings.some(
    ({ atMs, sources }) => sources.some(({ used }) => used >= ports) && !hasStopped(samples, atMs),
  );
  if (wentOn) return null;
  return `up to ${figure(sockets)} sockets shared ${figure(ports)} ports among several destinations: whether a bind() found none is unknown`;
}

/** Ports of one source shared by several destinations are only a limit where no connection was opened after. */
function hasStopped(samples: readonly LoadReading[], atMs: number): boolean {
  const after = samples.filter((one) => one.atMs >= atMs);
  return after.every((one) => one.opened === after[0]?.opened);
}

/** Most connections opened within any reuse delay. */
export function mostPerDelay(samples: readonly LoadReading[], delayMs: number): number {
  let most = 0;
  let from = 0;
  for (const sample of samples) {
    while (sample.atMs - (samples[from] as LoadReading).atMs > delayMs) from++;
    most = Math.max(most, sample.opened - (samples[from] as LoadReading).opened);
  }
  return most;
}

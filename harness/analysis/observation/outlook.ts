import type { ClosesFirst, Outlook } from '../../model/observation.ts';
import { LoadSpec } from '../../model/scenario.ts';
import { ageStepMs, ageSteps } from '../../model/socket-look.ts';
import { type BudgetInput, predict, searchRate } from '../cell/budget.ts';
import { timeWaitMs } from '../cell/time-wait-life.ts';

/** A source and a destination as they were found, with what goes on there. */
export interface PortTraffic {
  /** Usable ports of the range. */
  ports: number;
  /** Ports in use by sockets in other states than TIME_WAIT. */
  open: number;
  /** TIME_WAITs by age (socket-look.ts); `null`: none. */
  ages: Uint32Array | null;
  /** New connections per second; `null`: not known. */
  openedPerSec: number | null;
  /** Of them, those that leave a TIME_WAIT here. */
  timeWaitPerSec: number;
  /** By how many a second connections that stay open grow. */
  growthPerSec: number;
  closesFirst: ClosesFirst | null;
  reuse: boolean;
  reuseDelayMs: number;
  buckets: number | null;
  /** connect() searches in random steps (model/port-search.ts). Absent: by parity, slowly past half of the ports. */
  randomStep?: boolean;
}

/** How far ahead the ports are computed step by step: until every TIME_WAIT of today has ended, and the next ones' too. */
const horizonMs = 130_000;
const stepMs = 100;
/** Half of the timer wheel's step at HZ=250: on average a TIME_WAIT ends this much late (docs/kernel.md). */
const lateMs = 1024;
/** Growth that would take longer than a day to matter is noise. */
const longestMs = 24 * 3600 * 1000;

/** What the port budget predicts from here on, if rate and closing stay the same. */
export function outlookOf(traffic: PortTraffic): Outlook {
  const rate = traffic.openedPerSec ?? 0;
  const { maxRatePerSec, plateau } = rate > 0 ? predicted(traffic, rate) : { maxRatePerSec: null, plateau: null };
  const times = traffic.reuse ? withReuse(traffic) : withoutReuse(traffic);
  return { maxRatePerSec, plateau, ...times, ...(traffic.randomStep && { cliffInMs: null }) };
}

/** Ceiling and plateau: the same formulas as for a cell. */
function predicted(traffic: PortTraffic, ratePerSec: number) {
  const closePolicy =
    traffic.closesFirst === 'there'
      ? 'server-fin'
      : traffic.closesFirst === 'reset'
        ? 'client-rst'
        : traffic.closesFirst === 'nobody'
          ? 'leak'
          : 'client-fin';
  const input: BudgetInput = {
    ports: traffic.ports,
    destinations: 1,
    sources: 1,
    reuse: traffic.reuse,
    reuseDelayMs: traffic.reuseDelayMs,
    buckets: traffic.buckets,
    serverCloses: true,
    paced: true,
    load: LoadSpec.parse({ closePolicy, arrival: { loop: 'open', ratePerSec }, durationMs: longestMs }),
  };
  const { maxRatePerSec, plateau } = predict(input);
  // The budget's plateau of a connection that the other side closes is the other side's.
  return { maxRatePerSec, plateau: closePolicy === 'server-fin' ? 0 : plateau };
}

function withoutReuse(traffic: PortTraffic): Pick<Outlook, 'cliffInMs' | 'exhaustedInMs'> {
  const { ports, open, ages, timeWaitPerSec, growthPerSec } = traffic;
  const lifeMs = timeWaitMs + lateMs;
  const half = ports / 2;
  let used = open + total(ages);
  let cliffInMs: number | null = null;
  /** TIME_WAITs that began in each step from now on. */
  const born: number[] = [];
  const slow = traffic.randomStep ? timeWaitPerSec : Math.min(timeWaitPerSec, searchRate(ports, 1));
  const wasPast = used > half;
  for (let atMs = 0; atMs < horizonMs; atMs += stepMs) {
    if (cliffInMs === null && used > half) cliffInMs = atMs;
    if (used >= ports) return { cliffInMs, exhaustedInMs: atMs };
    // A rate that was observed past half is slow already.
    const perSec = used > half && !wasPast ? slow : timeWaitPerSec;
    const begun = (perSec * stepMs) / 1000;
    born.push(begun);
    const ended = atMs >= lifeMs ? (born[Math.floor((atMs - lifeMs) / stepMs)] ?? 0) : endingAt(ages, atMs);
    used += begun + (growthPerSec * stepMs) / 1000 - ended;
  }
  if (growthPerSec <= 0) return { cliffInMs, exhaustedInMs: null };
  const reaches = (level: number) => {
    const ms = horizonMs + ((level - used) / growthPerSec) * 1000;
    return ms > longestMs ? null : ms;
  };
  return { cliffInMs: cliffInMs ?? reaches(half), exhaustedInMs: reaches(ports) };
}

/** With reuse only TIME_WAITs younger than the delay hold a port for good. */
function withReuse(traffic: PortTraffic): Pick<Outlook, 'cliffInMs' | 'exhaustedInMs'> {
  const { ports, open, timeWaitPerSec, growthPerSec, reuseDelayMs, ages } = traffic;
  const held = open + (timeWaitPerSec * reuseDelayMs) / 1000;
  const used = open + total(ages);
  const reaches = (level: number) => {
    if (held > level) return timeWaitPerSec === 0 ? 0 : Math.max(0, ((level - used) / timeWaitPerSec) * 1000);
    if (growthPerSec <= 0) return null;
    const ms = ((level - held) / growthPerSec) * 1000;
    return ms > longestMs ? null : ms;
  };
  return { cliffInMs: reaches(ports / 2), exhaustedInMs: reaches(ports) };
}

/** TIME_WAITs of today that end in the step beginning `atMs` from now. */
function endingAt(ages: Uint32Array | null, atMs: number): number {
  if (ages === null) return 0;
  // Those past 60 s wait for the timer wheel's next step, evenly within two seconds.
  const overdue = atMs < 2 * lateMs ? ((ages[ageSteps] ?? 0) * stepMs) / (2 * lateMs) : 0;
  const step = Math.floor((timeWaitMs + lateMs - atMs - stepMs) / ageStepMs);
  return overdue + (step >= 0 && step < ageSteps ? (ages[step] as number) : 0);
}

function total(ages: Uint32Array | null): number {
  return ages === null ? 0 : ages.reduce((sum, count) => sum + count, 0);
}

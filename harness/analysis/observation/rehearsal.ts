import { figure, withUnit } from '../../model/figure.ts';
import type { ClosesFirst, Observation, ObservedDestination } from '../../model/observation.ts';
import type { ScenarioInput } from '../../model/scenario.ts';
import type { ClosePolicy } from '../../model/vocabulary.ts';
import { targetText } from './check-observation.ts';

/** A load like the observed one, for the lab; addresses are the lab's own. */
export interface Rehearsal {
  scenario: ScenarioInput;
  /** sysctl.conf with the settings as found. */
  conf: string;
}

/** Name of the profile that `profile.conf` becomes (cli/profile-files.ts). */
export const savedProfile = 'profile.conf';

const policies: Record<ClosesFirst, ClosePolicy> = {
  here: 'client-fin',
  there: 'server-fin',
  reset: 'client-rst',
  nobody: 'leak',
};

/** Below this rate a destination says nothing about who closes, and is no load worth repeating. Connections/s. */
const leastRate = 0.5;
/** Of the busiest destination's rate: quieter ones are left out. */
const leastShare = 0.1;
const mostPorts = 64;
/** Longer than one TIME_WAIT, so that the plateau is reached. */
const durationMs = 75_000;

/**
 * The busiest destinations that close alike, as one server with a port for each of them: the four-tuples are what counts.
 * `null`: nothing is opened often enough.
 */
export function rehearsalOf(observation: Observation): Rehearsal | null {
  const busy = observation.destinations
    .filter((one) => wantedPerSec(one) >= leastRate)
    .sort((a, b) => wantedPerSec(b) - wantedPerSec(a));
  const [busiest] = busy;
  if (busiest === undefined) return null;
  const source = busiest.source;
  const alike = busy
    .filter((one) => one.source === source && one.closesFirst === busiest.closesFirst)
    .filter((one) => wantedPerSec(one) >= leastShare * wantedPerSec(busiest))
    .slice(0, mostPorts);
  const rate = round(alike.reduce((sum, one) => sum + wantedPerSec(one), 0));
  const delayMs = answerDelayMs(alike, observation);
  const { startedAt, kernel } = observation;
  const scenario: ScenarioInput = {
    name: 'observed',
    title: `${withUnit(rate, '/s')} to ${figure(alike.length)} destination${alike.length === 1 ? '' : 's'}, as observed`,
    story:
      `Made from an observation of ${targetText(observation)} on ${startedAt.slice(0, 10)}. ${observation.headline} ` +
      'Each observed destination is a port of the server here. How many requests a connection carries cannot be seen ' +
      'from outside: here it carries one.',
    peers: {
      // As found, so that each profile changes only what it is about.
      client: { sysctls: savedSettings(observation) },
      server: {
        serves: [
          {
            server: 'node-http',
            ports: alike.map((_, index) => 8000 + index),
            ...(delayMs > 0 && { parameters: { delayMs } }),
          },
        ],
      },
    },
    links: [['client', 'server']],
    load: {
      closePolicy: policies[busiest.closesFirst ?? 'here'],
      arrival: { loop: 'open', ratePerSec: rate },
      durationMs,
    },
    profiles: ['baseline', 'tw-reuse-1', 'wide-range'],
    columns: ['load.rate.achieved', 'client.timeWait.peak', 'phases.timeToExhaustionMs'],
    published: {
      source: `Observed on ${targetText(observation)}, Linux ${kernel ?? 'not read'}, ${startedAt}`,
      profiles: [savedProfile, 'tw-reuse-1'],
      rows: [
        row('connections per second', 'load.rate.achieved', rate),
        row('TIME_WAIT plateau, predicted', 'client.timeWait.peak', plateauOf(alike)),
        row('share of connections closed first', 'closedFirst.client', closedHere(alike)),
      ],
    },
  };
  return { scenario, conf: confOf(observation) };
}

/** Without free ports the rate is what becomes free: the load is what was asked for, as far as it was seen. */
function wantedPerSec({ demandPerSec, openedPerSec }: ObservedDestination): number {
  return demandPerSec ?? openedPerSec ?? 0;
}

function row(state: string, metric: string, value: number | null) {
  return { side: 'client', state, metric, values: [value, null] as [number | null, number | null] };
}

function plateauOf(those: readonly ObservedDestination[]): number | null {
  const plateaus = those.map(({ outlook }) => outlook.plateau);
  return plateaus.includes(null) ? null : Math.round(plateaus.reduce<number>((sum, one) => sum + (one ?? 0), 0));
}

/** Share of the connections that this side closed first, from the TIME_WAITs that it kept. */
function closedHere(those: readonly ObservedDestination[]): number | null {
  const opened = those.reduce((sum, one) => sum + (one.openedPerSec ?? 0), 0);
  const kept = those.reduce((sum, one) => sum + one.timeWaitPerSec, 0);
  return opened === 0 ? null : Math.min(1, Math.round((kept / opened) * 100) / 100);
}

/** A connection that lasts is taken for a server that answers late. Whole ms; what the lab takes anyway is left out. */
function answerDelayMs(those: readonly ObservedDestination[], { closesFirst }: Observation): number {
  const lives = those.flatMap(({ lifetimeMs }) => lifetimeMs ?? []);
  if (lives.length === 0 || closesFirst === 'nobody') return 0;
  const mean = lives.reduce((sum, one) => sum + one, 0) / lives.length;
  return mean < 5 ? 0 : Math.min(4000, Math.round(mean));
}

/** What a network namespace of the lab can take: not the machine's own settings, and nothing that was only counted. */
const saved = /^net\.(ipv4\.(ip_local_|tcp_)|core\.somaxconn)/;

function savedSettings({ settings }: Observation): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      saved.test(key) && value !== null && value !== '' ? [[key, value.replace(/\s+/g, ' ')]] : [],
    ),
  );
}

function confOf(observation: Observation): string {
  const lines = Object.entries(savedSettings(observation)).map(([key, value]) => `${key} = ${value}`);
  return [`# Settings of ${targetText(observation)} as found, ${observation.startedAt}`, ...lines, ''].join('\n');
}

function round(rate: number): number {
  return Math.max(0.1, Math.round(rate * 10) / 10);
}

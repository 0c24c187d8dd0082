import { figure, withUnit } from '../../model/figure.ts';
import type { ClosesFirst, Observation, ObservedDestination } from '../../model/observation.ts';
import { searchesByParity } from '../../model/port-search.ts';
import type { ScenarioInput } from '../../model/scenario.ts';
import { isLoopbackAddress } from '../../model/tw-reuse.ts';
import type { ClosePolicy, Verdict } from '../../model/vocabulary.ts';
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
/**
 * Of the busiest destination's rate: quieter ones are left out, because the lab's load goes evenly to all of its ports and
 * would take connections from the busiest, whose ports run out first. tcp_max_tw_buckets limits all of them together.
 */
const leastShare = { ports: 0.9, buckets: 0.1 };
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
  const share = observation.verdict === 'overflow' ? leastShare.buckets : leastShare.ports;
  const where = whereIs(busiest);
  const alike = busy
    .filter((one) => one.source === source && whereIs(one) === where && one.closesFirst === busiest.closesFirst)
    .filter((one) => wantedPerSec(one) >= share * wantedPerSec(busiest))
    .slice(0, mostPorts);
  const left = leftOut(busy.filter((one) => !alike.includes(one)));
  const rate = round(sumOf(alike, wantedPerSec));
  const delayMs = answerDelayMs(alike, observation);
  const { startedAt, kernel } = observation;
  const scenario: ScenarioInput = {
    name: 'observed',
    title: `${withUnit(rate, '/s')} to ${figure(alike.length)} destination${alike.length === 1 ? '' : 's'}, as observed`,
    story:
      `Made from an observation of ${targetText(observation)} on ${startedAt.slice(0, 10)}. ${observation.headline} ` +
      `Each observed destination is a port of the server here${left === '' ? '' : `; ${left}`}. How many requests a connection carries cannot be seen ` +
      'from outside: here it carries one.',
    ...stacksOf(where, savedSettings(observation), {
      server: 'node-http',
      ports: alike.map((_, index) => 8000 + index),
      ...(delayMs > 0 && { parameters: { delayMs } }),
    }),
    ...(busiest.address.includes(':') && { family: 6 }),
    load: {
      ...(where !== 'elsewhere' && { from: oneStack, to: oneStack }),
      closePolicy: policies[busiest.closesFirst ?? 'here'],
      arrival: { loop: 'open', ratePerSec: rate },
      durationMs,
    },
    profiles: ['baseline', 'tw-reuse-1', 'wide-range'],
    columns: [
      'load.rate.achieved',
      `${where === 'elsewhere' ? 'client' : oneStack}.timeWait.peak`,
      'phases.timeToExhaustionMs',
    ],
    observed: {
      source: `${targetText(observation)}, Linux ${kernel ?? 'not read'}, ${startedAt}`,
      // The scenario has the settings as found, so that `baseline` changes none of them.
      profiles: [savedProfile, 'baseline'],
      verdict: verdictInTheLongRun(alike, observation),
      ratePerSec: rate,
      // Where both ends are in one network namespace its TIME_WAITs are of both.
      plateau: where !== 'elsewhere' && busiest.closesFirst !== 'here' ? null : plateauOf(alike),
      closedFirst: where === 'elsewhere' ? closedFirst(alike) : {},
    },
  };
  return { scenario, conf: confOf(observation) };
}

/** Where the other end is: tcp_tw_reuse=2 acts on loopback addresses alone. */
type Where = 'loopback' | 'own-address' | 'elsewhere';

const oneStack = 'host';

function whereIs({ source, address }: ObservedDestination): Where {
  if (isLoopbackAddress(address)) return 'loopback';
  return source === address ? 'own-address' : 'elsewhere';
}

/** `sysctls`: as found, so that each profile changes only what it is about. */
function stacksOf(
  where: Where,
  sysctls: Record<string, string>,
  serves: NonNullable<ScenarioInput['peers'][string]['serves']>[number],
): Pick<ScenarioInput, 'peers' | 'links' | 'subject'> {
  if (where === 'elsewhere') {
    return { peers: { client: { sysctls }, server: { serves: [serves] } }, links: [['client', 'server']] };
  }
  const between: [string, string] = [oneStack, oneStack];
  const links: ScenarioInput['links'] = where === 'loopback' ? [between] : [{ between, address: 'own' }];
  return { peers: { [oneStack]: { sysctls, serves: [serves] } }, links, subject: oneStack };
}

function leftOut(quiet: readonly ObservedDestination[]): string {
  if (quiet.length === 0) return '';
  const rate = withUnit(round(sumOf(quiet, wantedPerSec)), '/s');
  return `${figure(quiet.length)} other${quiet.length === 1 ? '' : 's'} with ${rate} ${quiet.length === 1 ? 'is' : 'are'} left out`;
}

/** Without free ports the rate is what becomes free: the load is what was asked for, as far as it was seen. */
function wantedPerSec({ demandPerSec, openedPerSec }: ObservedDestination): number {
  return demandPerSec ?? openedPerSec ?? 0;
}

function plateauOf(those: readonly ObservedDestination[]): number | null {
  const plateaus = those.map(({ outlook }) => outlook.plateau);
  return plateaus.includes(null) ? null : Math.round(plateaus.reduce<number>((sum, one) => sum + (one ?? 0), 0));
}

/** Shares of the TIME_WAITs at both ends: this side's are those that it kept. Without any, resets free both ends. */
function closedFirst(those: readonly ObservedDestination[]): Record<string, number> {
  const opened = sumOf(those, ({ openedPerSec }) => openedPerSec ?? 0);
  const [closes] = those.map((one) => one.closesFirst);
  if (closes === 'here' && opened === 0) return { client: 1, server: 0 };
  if (opened === 0 || closes === 'reset' || closes === 'nobody') return {};
  const here = Math.min(1, Math.round((sumOf(those, ({ timeWaitPerSec }) => timeWaitPerSec) / opened) * 100) / 100);
  return { client: here, server: Math.round((1 - here) * 100) / 100 };
}

/** From an empty range on, as the lab begins; the observation's own verdict depends on how full it was found. */
function verdictInTheLongRun(
  those: readonly ObservedDestination[],
  { ports, settings, verdict }: Observation,
): Verdict {
  if (verdict === 'overflow' || those.some((one) => one.verdict === 'leaking')) {
    return verdict === 'overflow' ? verdict : 'leaking';
  }
  const plateaus = those.flatMap(({ outlook }) => outlook.plateau ?? []);
  const most = Math.max(0, ...plateaus);
  if (most >= ports.usable) return 'exhausted';
  const isReused = those.every(({ withReuse }) => withReuse === null);
  return !isReused && searchesByParity(settings) && most > ports.usable / 2 ? 'degraded' : 'healthy';
}

function sumOf(those: readonly ObservedDestination[], value: (one: ObservedDestination) => number): number {
  return those.reduce((sum, one) => sum + value(one), 0);
}

/** A connection that lasts is taken for a server that answers late. Whole ms; what the lab takes anyway is left out. */
function answerDelayMs(those: readonly ObservedDestination[], { closesFirst }: Observation): number {
  const lives = those.flatMap(({ lifetimeMs }) => lifetimeMs ?? []);
  if (lives.length === 0 || closesFirst === 'nobody') return 0;
  const mean = lives.reduce((sum, one) => sum + one, 0) / lives.length;
  return mean < 5 ? 0 : Math.min(4000, Math.round(mean));
}

/** The kernel's default everywhere; where tcp_tw_reuse is not 1 a run would remark that setting it has no effect. */
const usualReuseDelay = '1000';

/** What a network namespace of the lab can take: not the machine's own settings, and nothing that was only counted. */
const saved = /^net\.(ipv4\.(ip_local_|tcp_)|core\.somaxconn)/;

function savedSettings({ settings }: Observation): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      saved.test(key) && value !== null && value !== '' && !isUsual(key, value)
        ? [[key, value.replace(/\s+/g, ' ')]]
        : [],
    ),
  );
}

function isUsual(key: string, value: string): boolean {
  return key === 'net.ipv4.tcp_tw_reuse_delay' && value === usualReuseDelay;
}

function confOf(observation: Observation): string {
  const lines = Object.entries(savedSettings(observation)).map(([key, value]) => `${key} = ${value}`);
  return [`# Settings of ${targetText(observation)} as found, ${observation.startedAt}`, ...lines, ''].join('\n');
}

function round(rate: number): number {
  return Math.max(0.1, Math.round(rate * 10) / 10);
}

import { processText } from '../../analysis/observation/findings.ts';
import { ends } from '../../analysis/observation/words.ts';
import { endpointText } from '../../model/address.ts';
import { duration, figure, withUnit } from '../../model/figure.ts';
import type { Observation, ObservedDestination, ObservedListener, Outlook } from '../../model/observation.ts';

/** Rows shown of each table; --json has all. */
const most = 10;

/** An observation for people: the sentence, what to do, then the tables. Lines without colour or width limit. */
export function observationText(observation: Observation): string {
  const { headline, advice, destinations, listeners, processes, unreadable } = observation;
  const shown = destinations.slice(0, most);
  const served = listeners.filter(
    (one) => one.states.TIME_WAIT || one.waiting > 0 || one.isInRange || one.acceptedPerSec,
  );
  const holders = processes.filter((one) => one.closeWait > 0 || one.established > 0).slice(0, most);
  const lines = [
    headline,
    ...advice.map(({ action, because }) => `→ ${action}: ${because}`),
    '',
    ...facts(observation),
    '',
    ...(shown.length === 0
      ? []
      : [...table(destinationHeads, shown.map(destinationRow)), ...more(destinations.length), '']),
    ...shown.filter((one) => one.closesFirst === 'here').flatMap(whatReuseWouldDo),
    ...(served.length === 0
      ? []
      : [...table(listenerHeads, served.slice(0, most).map(listenerRow)), ...more(served.length), '']),
    ...(holders.length === 0 ? [] : [...table(processHeads, holders.map(processRow)), '']),
    ...elsewhere(observation),
    ...unreadable.map(({ what, hint }) => `not read: ${what} (${hint})`),
    costLine(observation),
  ];
  return `${lines.join('\n')}\n`;
}

/** Containers have ports of their own: on the host they are easily forgotten. */
function elsewhere({ target, otherNamespaces = 0 }: Observation): string[] {
  if (target.kind !== 'host' || otherNamespaces === 0) return [];
  const many =
    otherNamespaces === 1
      ? '1 other network namespace has'
      : `${figure(otherNamespaces)} other network namespaces have`;
  return [`not in it: ${many} ports of their own; --container, --pid or --netns observes one`];
}

function facts({ target, durationMs, ports, settings, rates, timeWait, conntrack }: Observation): string[] {
  const where = target.kind === 'host' ? 'this host' : `${target.kind} ${target.name}`;
  const setting = (key: string) => `${key.replace(/^net\.\w+\./, '')} ${settings[key] ?? 'not read'}`;
  const rate = (name: keyof Observation['rates'], text: string) =>
    (rates[name] ?? 0) > 0 ? [`${withUnit(rates[name] ?? 0, '/s')} ${text}`] : [];
  const excluded = [
    ...(ports.reserved > 0 ? [`${figure(ports.reserved)} reserved`] : []),
    ...(ports.listening > 0 ? [`${figure(ports.listening)} held by listeners`] : []),
  ];
  const why = excluded.length === 0 ? '' : ` of ${figure(ports.inRange)} (${excluded.join(', ')})`;
  return [
    `observed  ${where} for ${duration(durationMs)}, network namespace ${target.namespace ?? 'not read'}`,
    `ports     ${ports.low} to ${ports.high}: ${figure(ports.usable)} usable${why} from each source to each destination`,
    `settings  ${['net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_timestamps', 'net.ipv4.tcp_max_tw_buckets'].map(setting).join(', ')}`,
    `kernel    ${[
      `${figure(timeWait)} TIME_WAIT`,
      ...rate('opened', 'opened'),
      ...rate('accepted', 'accepted'),
      ...rate('recycled', 'TIME_WAITs reused'),
      ...rate('overflowed', 'closed without TIME_WAIT (buckets)'),
      ...rate('failed', 'failed to connect'),
      ...rate('resetsSent', 'resets sent'),
      ...rate('synRetransmits', 'SYNs sent again'),
      ...rate('listenOverflows', 'accept queue overflows'),
    ].join(', ')}`,
    ...(conntrack === null
      ? []
      : [
          `conntrack ${figure(conntrack.count)}${conntrack.max === null ? '' : ` of ${figure(conntrack.max)}`} entries${conntrack.timeWait === null ? '' : `, ${figure(conntrack.timeWait)} in TIME_WAIT`}`,
        ]),
  ];
}

const destinationHeads = [
  'source → destination',
  'share',
  'used',
  'TIME_WAIT',
  'open',
  'new',
  'closes first',
  'half',
  'runs out',
  'plateau',
  'process',
];

function destinationRow(one: ObservedDestination): string[] {
  const { states, outlook } = one;
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  const timeWaits = states.TIME_WAIT ?? 0;
  const closeWaits = states.CLOSE_WAIT ?? 0;
  return [
    ends(one),
    one.share === null ? '–' : `${figure(Math.round(one.share * 1000) / 10)} %`,
    figure(one.used),
    figure(timeWaits),
    `${figure(all - timeWaits)}${closeWaits > 0 ? ` (${figure(closeWaits)} CLOSE_WAIT)` : ''}`,
    one.openedPerSec === null ? '–' : withUnit(one.openedPerSec, '/s'),
    one.closesFirst === null ? '–' : closerText[one.closesFirst],
    whenText(outlook.cliffInMs),
    whenText(outlook.exhaustedInMs),
    outlook.plateau === null ? '–' : figure(Math.round(outlook.plateau)),
    ownerText(one),
  ];
}

/** As in tables and documents. */
export const closerText = {
  here: 'this side',
  there: 'other side',
  reset: 'this side, RST',
  nobody: 'nobody',
} as const;

function whenText(ms: number | null): string {
  if (ms === null) return 'never';
  return ms === 0
    ? 'now'
    : `in ${duration(ms < 120_000 ? Math.max(1, Math.round(ms / 1000)) * 1000 : Math.round(ms / 60_000) * 60_000)}`;
}

function ownerText({ processes, states }: ObservedDestination): string {
  const [first, ...rest] = processes;
  if (first === undefined) return (states.TIME_WAIT ?? 0) > 0 ? 'not known: TIME_WAIT has no owner' : '–';
  const others = rest.length === 0 ? '' : ` and ${figure(rest.length)} more`;
  return `${processText(first)}${others}${first.isAttributed ? ' (attributed)' : ''}`;
}

function whatReuseWouldDo({ withReuse, outlook, ...one }: ObservedDestination): string[] {
  if (withReuse === null || (outlook.exhaustedInMs === null && outlook.cliffInMs === null)) return [];
  return [`with tcp_tw_reuse=1: ${ends(one)} ${outlookText(withReuse)}`, ''];
}

function outlookText({ maxRatePerSec, exhaustedInMs, plateau }: Outlook): string {
  const ceiling = maxRatePerSec === null ? '' : `could sustain ${withUnit(maxRatePerSec, '/s')}`;
  const then = exhaustedInMs === null ? 'would not run out' : `would run out in ${duration(exhaustedInMs)}`;
  const level = plateau === null ? '' : `, with ${figure(Math.round(plateau))} TIME_WAITs`;
  return `${[ceiling, then].filter(Boolean).join(' and ')}${level}`;
}

const listenerHeads = ['listening on', 'accepted', 'TIME_WAIT', 'memory', 'open', 'waiting', 'most from', 'process'];

function listenerRow(one: ObservedListener): string[] {
  const all = Object.values(one.states).reduce((sum, count) => sum + count, 0);
  const timeWaits = one.states.TIME_WAIT ?? 0;
  const [client] = one.clients;
  return [
    `${endpointText(one)}${one.isInRange ? ', inside the range' : ''}`,
    one.acceptedPerSec === null ? '–' : withUnit(one.acceptedPerSec, '/s'),
    figure(timeWaits),
    `${figure(one.timeWaitBytes / 1024)} KiB`,
    figure(all - timeWaits),
    figure(one.waiting),
    client === undefined ? '–' : `${client.address} (${figure(client.timeWait)})`,
    one.process === null ? '–' : processText(one.process),
  ];
}

const processHeads = ['process', 'ESTABLISHED', 'CLOSE_WAIT', 'new CLOSE_WAIT'];

function processRow(one: Observation['processes'][number]): string[] {
  return [
    processText(one),
    figure(one.established),
    figure(one.closeWait),
    one.newCloseWait === null ? '–' : figure(one.newCloseWait),
  ];
}

function more(count: number): string[] {
  return count > most ? [`${figure(count - most)} more: --json lists them`] : [];
}

function costLine({ cost }: Observation): string {
  const { cpuMs, share, looks, rows, longestReadMs } = cost;
  const times = `${figure(looks)} look${looks === 1 ? '' : 's'} at ${figure(rows)} sockets`;
  const slow = (longestReadMs ?? 0) > 5 ? ', which includes waiting for a CPU' : '';
  const longest = longestReadMs === null ? 'read through ss' : `the longest read ${figure(longestReadMs)} ms${slow}`;
  return `cost      ${duration(cpuMs)} of CPU, ${figure(share * 100, 2)} % of a core: ${times}, ${longest}`;
}

/** Columns as wide as their widest cell. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [heads, ...rows].map((row) =>
    row
      .map((cell, i) => (i === 0 || i === row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

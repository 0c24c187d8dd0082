import { duration } from '../../model/figure.ts';
import type { ProgramEvent } from '../../model/journal.ts';
import type { ExhaustionReport, ProgramReport } from '../../model/report.ts';
import { loadPeers, loadTimes } from '../cell/load-summary.ts';
import type { CellRecord, PeerRecord } from '../journal/collect.ts';
import type { Finding } from './witness.ts';

type Event<K extends ProgramEvent['is']> = Extract<ProgramEvent, { is: K }>;

/** The finding for report.json, with what the load's program did about it. */
export function exhaustionReport(cell: CellRecord, finding: Finding): ExhaustionReport {
  const { exhausted, sighting, evidence } = finding;
  if (sighting === null) return { ranOut: exhausted === 'no' ? false : null, evidence };
  const { certainty, witness, atMs, destination, count } = sighting;
  return { ranOut: true, certainty, witness, atMs, destination, count, afterwards: afterwards(cell, atMs), evidence };
}

/** What happened to the programs that made the load; empty: an engine of the lab made it. */
export function programReports(cell: CellRecord): ProgramReport[] {
  const startedAt = loadTimes(cell)?.startedAt ?? 0;
  return loadPeers(cell).flatMap((peer) => {
    const start = eventOf(peer, 'start');
    if (start === null) return [];
    const end = eventOf(peer, 'end');
    return [
      {
        role: peer.role,
        command: start.event.command,
        ...(start.event.files && { files: start.event.files }),
        ...(start.event.tracedBy !== undefined && { tracedBy: start.event.tracedBy }),
        endedAtMs: end === null ? null : end.t - startedAt,
        exitCode: end?.event.code ?? null,
        signal: end?.event.signal ?? null,
        endedByLab: end?.event.isOurs ?? null,
        messages: peer.program.flatMap(({ event }) => (event.is === 'message' ? [event.text] : [])),
        lastLines: end?.event.lastLines ?? [],
        cpuMs: end?.event.cpuMs ?? null,
      },
    ];
  });
}

/** `kept going`, `slowed down`, or how it ended; `null`: no custom program, or its end was not recorded. */
function afterwards(cell: CellRecord, atMs: number | null): string | null {
  const startedAt = loadTimes(cell)?.startedAt ?? 0;
  for (const peer of loadPeers(cell)) {
    const end = eventOf(peer, 'end');
    if (end === null) continue;
    if (!end.event.isOurs) {
      const later = atMs === null ? '' : `, ${duration(Math.max(0, end.t - startedAt - atMs))} later`;
      return `${endText(end.event)}${later}`;
    }
    return atMs !== null && hasSlowed(peer, startedAt + atMs) ? 'slowed down' : 'kept going';
  }
  return null;
}

/** `ended with code 1`, `was ended by SIGSEGV`. */
export function endText({ exitCode, signal }: { exitCode: number | null; signal: string | null }): string;
export function endText(end: Event<'end'>): string;
export function endText(end: { exitCode?: number | null; code?: number | null; signal: string | null }): string {
  const code = end.exitCode ?? end.code ?? null;
  return end.signal === null ? `ended with code ${code}` : `was ended by ${end.signal}`;
}

/** Share of the CPU it used before, below which a program has slowed down. */
const slowedShare = 1 / 3;

function hasSlowed(peer: PeerRecord, at: number): boolean {
  const looks = peer.program.flatMap(({ t, event }) => (event.is === 'active' ? [{ t, cpuMs: event.cpuMs }] : []));
  const [first, last] = [looks[0], looks.at(-1)];
  const middle = looks.find((look) => look.t >= at);
  if (first === undefined || last === undefined || middle === undefined) return false;
  const rate = (a: typeof first, b: typeof first) => (b.t > a.t ? (b.cpuMs - a.cpuMs) / (b.t - a.t) : 0);
  return rate(middle, last) < slowedShare * rate(first, middle);
}

function eventOf<K extends ProgramEvent['is']>(peer: PeerRecord, is: K): { t: number; event: Event<K> } | null {
  const line = peer.program.find(({ event }) => event.is === is);
  return line === undefined ? null : { t: line.t, event: line.event as Event<K> };
}

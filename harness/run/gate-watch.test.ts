import { describe, expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { sampleJournal } from '../../test/samples/journal.ts';
import type { CellPlan } from '../model/cell.ts';
import type { Gate } from '../model/gates.ts';
import { type JournalLine, journalVersion } from '../model/journal.ts';
import { plan } from '../plan/plan.ts';
import { GateWatch } from './gate-watch.ts';

const planned = plan({
  scenarios: [scenarioNamed('short-conn')],
  profiles,
  profileNames: ['tw-reuse-0', 'tw-reuse-1'],
  repetitions: 1,
  form: 'quick',
  overrides: { sysctls: {} },
  settable: null,
});
if (!planned.ok) throw new Error('no plan');
const [cell] = planned.cells as [CellPlan];

const run: JournalLine = {
  type: 'run',
  journalVersion,
  id: 'test',
  startedAt: '2026-01-01T00:00:00.000Z',
  command: [],
  gitSha: null,
  form: 'quick',
  host: {
    kernel: null,
    cpu: null,
    cores: 2,
    memoryBytes: 1,
    kernelHz: null,
    runtime: 'fake',
    privilege: 'none',
    versions: {},
  },
  cells: [cell.id],
};

/** The journal lines before a cell's load. */
function* beginning({ id, ...rest }: CellPlan): Generator<JournalLine> {
  yield { type: 'cell', t: 0, cell: id, plan: { id, ...rest } };
  for (const { role, sysctls } of rest.peers) {
    const head = { t: 0, cell: id, role };
    yield { type: 'peer', ...head, namespace: '', pid: null, inspect: '', effective: sysctls, requested: sysctls };
    const states = { counters: {}, tw: 0, states: {}, smallFinWait2: 0 };
    yield { type: 'snapshot', ...head, at: 'begin', ...states };
  }
}

/** Feeds the lines of a load until the watch ends it, and returns when that was, ms since the load began. */
function abortedAt(watch: GateWatch, signal: AbortSignal, lines: Iterable<JournalLine>): number | null {
  for (const line of lines) {
    watch.onLine(line);
    if (signal.aborted && 't' in line) return line.t - 500;
  }
  return null;
}

function watchOf(gates: Gate[], plans = [cell]) {
  const watch = new GateWatch(gates);
  watch.onLine(run);
  for (const one of plans) for (const line of beginning(one)) watch.onLine(line);
  return watch;
}

/** 200 connections a second: 1,000 after 5 s, and nothing but failures from then on. */
const exhausting = () => sampleJournal(cell.id, { seconds: 12, reuse: false });

describe('a gate with abortAfterMs', () => {
  it('ends the load once it was broken for that long', () => {
    const watch = watchOf([{ name: 'no failure', holds: 'load.failures == 0', abortAfterMs: 2000 }]);
    const signal = watch.loadSignal(cell.id);
    const at = abortedAt(watch, signal, exhausting()) ?? 0;
    expect(at).toBeGreaterThanOrEqual(7000);
    expect(at).toBeLessThanOrEqual(8500);
    expect(signal.reason).toMatch(/the gate 'no failure' was broken for 2\d\d\d ms/);
  });

  it.each([
    ['that holds', { holds: 'load.failures.ECONNRESET == 0', abortAfterMs: 0 }],
    ['without abortAfterMs', { holds: 'load.failures == 0' }],
    ['for another profile', { holds: 'load.failures == 0', profiles: ['tw-reuse-1'], abortAfterMs: 0 }],
    ['for another form', { holds: 'load.failures == 0', form: 'full', abortAfterMs: 0 }],
    ['about the ledger, which is of no one instant yet', { holds: 'ledger.closes == true', abortAfterMs: 0 }],
    ['about the verdict, as far as it is known', { holds: 'verdict != invalid', abortAfterMs: 0 }],
  ] satisfies [string, Gate][])('%s: the load continues', (_, gate) => {
    const watch = watchOf([gate]);
    expect(abortedAt(watch, watch.loadSignal(cell.id), exhausting())).toBeNull();
  });

  it('keeps its own clock next to a gate with the same comparison and another filter', () => {
    const holds = 'load.failures == 0';
    const watch = watchOf([
      { holds, abortAfterMs: 2000 },
      { holds, abortAfterMs: 2000, profiles: ['tw-reuse-1'] },
    ]);
    expect(abortedAt(watch, watch.loadSignal(cell.id), exhausting())).not.toBeNull();
  });

  it('starts over when the cell is repeated', () => {
    const watch = watchOf([{ holds: 'load.failures == 0', abortAfterMs: 2000 }]);
    const first = watch.loadSignal(cell.id);
    expect(abortedAt(watch, first, exhausting())).not.toBeNull();
    for (const line of beginning(cell)) watch.onLine(line);
    const second = watch.loadSignal(cell.id);
    expect(second.aborted).toBe(false);
    // Its failures last for a second and a half, which is less than two.
    expect(abortedAt(watch, second, sampleJournal(cell.id, { seconds: 6.5, reuse: false }))).toBeNull();
  });

  it('keeps separate clocks for two cells', () => {
    const other = planned.ok ? (planned.cells[1] as CellPlan) : cell;
    const watch = watchOf([{ holds: 'load.failures == 0', abortAfterMs: 2000 }], [cell, other]);
    const signals = [cell, other].map(({ id }) => watch.loadSignal(id));
    const both = [exhausting(), sampleJournal(other.id, { seconds: 12, reuse: true })];
    for (const lines of both) for (const line of lines) watch.onLine(line);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  });

  // As many readings as five minutes give at 10 Hz, in a tenth of the looks: those are twice a second of run time.
  const fiveMinutesWorth = () => sampleJournal(cell.id, { seconds: 30, hz: 100, reuse: true });

  it('holds no more after thousands of readings than after hundreds', () => {
    const watch = watchOf([{ holds: 'client.timeWait.peak < 1000', abortAfterMs: 60_000 }]);
    const signal = watch.loadSignal(cell.id);
    let held = 0;
    let read = 0;
    for (const line of fiveMinutesWorth()) {
      watch.onLine(line);
      read++;
      held = Math.max(held, watch.heldReadings(cell.id));
    }
    expect(read).toBeGreaterThan(6000);
    expect(held).toBeLessThan(1000);
    expect(signal.aborted).toBe(false);
  });

  it('still knows an early peak after most readings were dropped', () => {
    const watch = watchOf([{ holds: 'client.timeWait.peak < 900', abortAfterMs: 25_000 }]);
    // One peak, between two readings that thinning would keep.
    function* once(): Generator<JournalLine> {
      let n = 0;
      for (const line of fiveMinutesWorth()) {
        n++;
        const isPeak = line.type === 'sample' && line.role === 'client' && n > 300 && n < 304;
        yield isPeak ? { ...line, readings: { ...line.readings, tw: 950 } } : line;
      }
    }
    const at = abortedAt(watch, watch.loadSignal(cell.id), once()) ?? 0;
    expect(at).toBeGreaterThan(25_000);
  });
});

import { expect, it } from 'vitest';
import { sampleJournal } from '../../../test/samples/journal.ts';
import type { JournalLineOf } from '../../model/journal.ts';
import type { CellRecord, PeerRecord } from './collect.ts';
import { keptReadings, thinRecord } from './thin-record.ts';

type Readings = Pick<PeerRecord, 'samples' | 'states' | 'load'>;

function recordOf(seconds: number): { cell: CellRecord; peer: PeerRecord } {
  const peer: PeerRecord = {
    role: 'client',
    settings: null,
    engine: null,
    servers: [],
    begin: null,
    loadEnd: null,
    end: null,
    samples: [],
    states: [],
    conntrack: [],
    load: [],
    result: null,
    cpu: [],
    gauges: [],
    ports: [],
    program: [],
    occupancy: null,
    lifetimes: [],
  };
  for (const line of sampleJournal('cell', { seconds, reuse: false, ports: 9000 })) {
    if (!('role' in line) || line.role !== 'client') continue;
    if (line.type === 'sample') peer.samples.push(line);
    if (line.type === 'states') peer.states.push(line);
    if (line.type === 'load') peer.load.push(line);
  }
  const cell = { plan: {}, startedAt: 0, peers: new Map([['client', peer]]), disturbances: [], end: null };
  return { cell: cell as unknown as CellRecord, peer };
}

const total = (lines: readonly JournalLineOf<'load'>[], pick: (line: JournalLineOf<'load'>) => number) =>
  lines.reduce((sum, line) => sum + pick(line), 0);

function figures({ samples, states, load }: Readings) {
  const failures = (line: JournalLineOf<'load'>) => (line.failures ?? []).reduce((sum, one) => sum + one.count, 0);
  return {
    peak: Math.max(...samples.map((sample) => sample.readings.tw ?? 0)),
    costliest: Math.max(...samples.map((sample) => sample.costMs)),
    first: samples[0],
    last: samples.at(-1)?.readings.tw,
    missed: samples.reduce((sum, sample) => sum + sample.missed, 0),
    established: Math.max(...states.map((line) => line.states.ESTABLISHED ?? 0)),
    attempts: total(load, (line) => line.attempts),
    completed: total(load, (line) => line.completed),
    failures: total(load, failures),
    failedAt: load.find((line) => (line.failures ?? []).length > 0)?.t,
    loadMs: total(load, (line) => line.intervalMs),
    slowest: Math.max(...load.map((line) => line.connectCallUs?.max ?? 0)),
  };
}

it('keeps sums, peaks, first and last readings and the first failure', () => {
  const { cell, peer } = recordOf(600);
  (peer.samples[301] as JournalLineOf<'sample'>).readings.tw = 20_000;
  (peer.samples[303] as JournalLineOf<'sample'>).costMs = 99;
  (peer.samples[305] as JournalLineOf<'sample'>).missed = 7;
  const before = figures(peer);
  expect(before).toMatchObject({ peak: 20_000, missed: 7, completed: 9000 });
  expect(before.failures).toBeGreaterThan(0);
  while (thinRecord(cell));
  expect(peer.samples.length).toBeLessThanOrEqual(2 * keptReadings);
  expect(peer.load.length).toBeLessThanOrEqual(2 * keptReadings);
  expect(figures(peer)).toEqual(before);
});

it('leaves a short record as it is', () => {
  const { cell, peer } = recordOf(20);
  const before = structuredClone(peer);
  expect(thinRecord(cell)).toBe(false);
  expect(peer).toEqual(before);
});

it("keeps a program's start, messages and counts, and the first moment at which the ports were full", () => {
  const { cell, peer } = recordOf(1);
  const at = (t: number, event: JournalLineOf<'program'>['event']) =>
    peer.program.push({ type: 'program', t, cell: 'cell', role: 'client', event });
  at(0, { is: 'start', command: ['client'] });
  for (let n = 1; n <= 2000; n++) {
    at(n * 200, { is: 'active', cpuMs: n });
    if (n === 500) at(n * 200, { is: 'message', text: 'no port' });
    if (n >= 500) {
      at(n * 200, { is: 'port-misses', failed: [{ destination: 'a:1', count: 2 }], bound: 1, lost: 0 });
      at(n * 200, {
        is: 'traced',
        failures: [{ syscall: 'connect', errno: 'EADDRNOTAVAIL', address: 'a:1', count: 1 }],
      });
    }
    const used = Math.min(1000, 2 * n);
    const pairs = [{ source: 's', destination: 'a:1', used }];
    const sources = [{ source: 's', used }];
    const line = { cell: 'cell', role: 'client', usable: 1000, pairs, sources, costMs: 1 };
    peer.ports.push({ type: 'ports', t: n * 200, ...line });
  }
  while (thinRecord(cell));
  expect(peer.program.length).toBeLessThanOrEqual(2 * keptReadings);
  expect(peer.ports.length).toBeLessThanOrEqual(2 * keptReadings);
  const events = peer.program.map(({ t, event }) => ({ t, ...event }));
  expect(events[0]).toMatchObject({ is: 'start' });
  expect(events.filter(({ is }) => !['start', 'active'].includes(is))).toEqual([
    { t: 100_000, is: 'message', text: 'no port' },
    { t: 100_000, is: 'port-misses', failed: [{ destination: 'a:1', count: 3002 }], bound: 1501, lost: 0 },
    {
      t: 100_000,
      is: 'traced',
      failures: [{ syscall: 'connect', errno: 'EADDRNOTAVAIL', address: 'a:1', count: 1501 }],
    },
  ]);
  expect(events.at(-1)?.is === 'active' || events.some(({ is, t }) => is === 'active' && t === 400_000)).toBe(true);
  expect(peer.ports.find(({ pairs }) => pairs[0]?.used === 1000)?.t).toBe(100_000);
});

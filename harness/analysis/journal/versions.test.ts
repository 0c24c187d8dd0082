import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sampleCell, sampleReport, sampleReuseCell, sampleServer } from '../../../test/samples/report.ts';
import { readNumber } from '../../model/metrics.ts';
import { isMeasured, type MeasuredCell } from '../../model/report.ts';
import { runReport } from '../run-report.ts';
import { RunCollector } from './collect.ts';
import { journalFormat, reportFormat } from './migrations.ts';
import { JournalParser } from './read-journal.ts';
import { readReport } from './read-report.ts';
import { type Migration, migrationFrom, upToDate, type VersionedFormat } from './versions.ts';

const format = (steps: [number, Migration][]): VersionedFormat => ({
  name: 'report',
  versionField: 'schemaVersion',
  current: 3,
  migrations: new Map(steps),
});

describe('upToDate', () => {
  const steps: [number, Migration][] = [
    [1, (r) => ({ ...r, a: 1 })],
    [2, (r) => ({ ...r, b: Number(r.a) + 1 })],
  ];

  it('migrates step by step, and leaves the current version alone', () => {
    expect(upToDate({ schemaVersion: 1 }, format(steps), 'x')).toEqual({ schemaVersion: 3, a: 1, b: 2 });
    expect(upToDate({ schemaVersion: 2, a: 5 }, format(steps), 'x')).toEqual({ schemaVersion: 3, a: 5, b: 6 });
    expect(upToDate({ schemaVersion: 3 }, format(steps), 'x')).toEqual({ schemaVersion: 3 });
  });

  it('rejects a version without a migration, a newer one and none at all', () => {
    expect(() => upToDate({ schemaVersion: 1 }, format([]), 'x')).toThrow(/cannot be migrated/);
    const newer = () => migrationFrom(4, format(steps), 'x');
    expect(newer).toThrow(/version 4, this lab reads versions up to 3/);
    expect(newer).toThrow(expect.objectContaining({ exitCode: 2, hint: expect.stringContaining('newer one') }));
    for (const none of [undefined, '1', 0, 1.5]) {
      expect(() => migrationFrom(none, format(steps), 'x')).toThrow(expect.objectContaining({ exitCode: 2 }));
    }
  });

  it.each([journalFormat, reportFormat])('has a migration from every version of a $name', ({ current, migrations }) => {
    const versions = Array.from({ length: current - 1 }, (_, i) => i + 1);
    expect([...migrations.keys()].sort()).toEqual(versions);
  });
});

/** What the lab wrote on Linux 6.18 before version 2, one cell of short-conn. */
const journalV1 = readFileSync(new URL('../../../test/fixtures/journal-v1.ndjson', import.meta.url), 'utf8');

describe('a journal of version 1', () => {
  const parser = new JournalParser('journal.ndjson');
  const collector = new RunCollector();
  for (const text of journalV1.trimEnd().split('\n')) {
    const read = parser.parse(text);
    if (!read.ok) throw new Error(`${read.message}: ${text}`);
    collector.add(read.line);
  }
  const record = collector.result();
  const cells = record === null ? [] : runReport(record).cells;

  it('still gives its report, with the figures of its samples', () => {
    const [cell] = cells;
    expect(cell).toMatchObject({ verdict: 'exhausted', peers: { client: { kind: 'client' } } });
    const figures = ['client.timeWait.peak', 'client.sampled.tw.peak', 'client.states.ESTABLISHED.peak'];
    expect(figures.map((name) => readNumber(cell as MeasuredCell, name))).toEqual([1000, 1000, 2]);
  });

  it('counts arrivals that were never started separately, in intervals and in all', () => {
    const client = record?.cells[0]?.peers.get('client');
    const inAll = { attempts: 2399, notStarted: 1, failures: [{ errno: 'EADDRNOTAVAIL', count: 1399 }] };
    expect(client?.result).toMatchObject(inAll);
    expect(client?.result?.firstFailures.map(({ errno }) => errno)).toEqual(['EADDRNOTAVAIL']);
    const sum = (pick: (line: NonNullable<typeof client>['load'][number]) => number) =>
      client?.load.reduce((total, line) => total + pick(line), 0);
    expect([sum((line) => line.attempts), sum((line) => line.notStarted ?? 0)]).toEqual([2399, 1]);
  });

  it('of a newer version is rejected at its first line', () => {
    const first = JSON.stringify({ ...JSON.parse(journalV1.split('\n')[0] ?? ''), journalVersion: 99 });
    expect(() => new JournalParser('j').parse(first)).toThrow(/version 99/);
  });
});

describe('a report of version 1', () => {
  const without = (cell: MeasuredCell) => ({
    ...cell,
    peers: Object.fromEntries(
      Object.entries(cell.peers).map(([role, { kind: _, sampled: __, states, ...peer }]) => [
        role,
        {
          ...peer,
          states: Object.fromEntries(Object.entries(states).map(([s, v]) => [s, v && { ...v, source: undefined }])),
        },
      ]),
    ),
  });
  const text = (cells: MeasuredCell[]) =>
    JSON.stringify({ ...sampleReport(), schemaVersion: 1, cells: cells.map(without) });

  it('gets the kinds of its peers, from roles that differ only in their digits', () => {
    const peers = { client1: sampleServer(), client2: sampleServer(), web3: sampleServer(), lb: sampleServer() };
    const { schemaVersion, cells } = readReport(text([sampleCell({ peers }), sampleReuseCell()]), 'report.json');
    expect(schemaVersion).toBe(2);
    const kinds = cells.filter(isMeasured).map((cell) => Object.values(cell.peers).map(({ kind }) => kind));
    expect(kinds).toEqual([
      ['client', 'client', 'web3', 'lb'],
      ['client', 'server'],
    ]);
  });

  it('counts arrivals that were never started separately', () => {
    const failures = [
      { errno: 'EADDRNOTAVAIL', phase: 'connect', count: 1400 },
      { errno: 'NOT_STARTED', phase: 'schedule', count: 7 },
    ];
    const { load } = sampleCell();
    const before = sampleCell({ load: { ...load, attempts: 2407, failures: failures as typeof load.failures } });
    const [cell] = readReport(text([before]), 'report.json').cells.filter(isMeasured);
    expect(cell?.load).toMatchObject({ attempts: 2400, notStarted: 7, failures: failures.slice(0, 1) });
  });

  it('records which states were sampled', () => {
    const [cell] = readReport(text([sampleCell()]), 'report.json').cells.filter(isMeasured);
    const sources = (['TIME_WAIT', 'ESTABLISHED'] as const).map((state) => cell?.peers.client?.states[state]?.source);
    expect(sources).toEqual(['samples', 'dumps']);
  });
});

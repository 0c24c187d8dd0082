import { expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReport, sampleReuseCell, sampleServer } from '../../../test/samples/report.ts';
import { exitCodeOfKernels } from '../../cli/exit-code-of.ts';
import type { KernelColumn } from '../../model/kernels-record.ts';
import type { Report } from '../../model/report.ts';
import { kernelsMarkdown } from '../../report/text/kernels-table.ts';
import { compareRuns } from '../compare/compare.ts';
import { type KernelRun, sideBySide } from './side-by-side.ts';

function column(label: string, over: Partial<KernelColumn> = {}): KernelColumn {
  return {
    label,
    kernel: '6.1.0-56-amd64',
    accelerator: 'tcg',
    state: 'ran',
    reason: null,
    lastLines: [],
    bootMs: 6061,
    clockError: -0.0005,
    capacityPerSec: 366,
    exitCode: 0,
    ...over,
  };
}

const native: Report = sampleReport({ cells: [sampleCell(), sampleReuseCell()] });
const emulated = (cells: Report['cells']): Report =>
  sampleReport({ cells, host: { ...native.host, kernel: '6.1.0-56-amd64', emulator: 'QEMU TCG' } });
const host: KernelRun = { column: column('host', { accelerator: 'native' }), report: native };

it('puts verdicts side by side and names those that differ', () => {
  const run = { column: column('6.1'), report: emulated([sampleCell({ verdict: 'healthy' }), sampleReuseCell()]) };
  const side = sideBySide([host, run]);
  expect(side.rows.map(({ title }) => title)).toEqual(['short-conn tw-reuse-0', 'short-conn tw-reuse-1']);
  expect(side.rows[0]?.cells.map(({ verdicts }) => verdicts)).toEqual([['exhausted'], ['healthy']]);
  expect(side.differences).toContain('short-conn tw-reuse-0: exhausted under host, healthy under 6.1');
});

it('shows a failed column as failed in every row, with its last lines, and the others', () => {
  const reason = 'the kernel panicked';
  const failed = column('6.1', { state: 'failed', reason, lastLines: ['Kernel panic - not syncing'], exitCode: null });
  const runs = [host, { column: failed, report: null }];
  const side = sideBySide(runs);
  expect(side.rows.map(({ cells }) => cells[1]?.verdicts)).toEqual([['failed'], ['failed']]);
  expect(side.rows[0]?.cells[0]?.verdicts).toEqual(['exhausted']);
  const text = kernelsMarkdown({ version: 1, maxRate: null, columns: runs.map((run) => run.column) }, side, runs);
  expect(text).toContain('Kernel panic - not syncing');
  expect(exitCodeOfKernels([host.column, failed], true)).toBe(4);
});

it('names settings that only one kernel has', () => {
  const withDelay = (value: string | null) => {
    const sysctls = { requested: {}, effective: {}, defaults: { 'net.ipv4.tcp_tw_reuse_delay': value } };
    return sampleCell({ peers: { client: samplePeer({ sysctls }), server: sampleServer() } });
  };
  const side = sideBySide([
    { column: column('host'), report: sampleReport({ cells: [withDelay('1000')] }) },
    { column: column('6.1'), report: emulated([withDelay(null)]) },
  ]);
  expect(side.missingSettings).toEqual(['net.ipv4.tcp_tw_reuse_delay exists under host, not under 6.1']);
});

it('compares no time or rate between an emulated and a real CPU, but counts and verdicts', () => {
  const metrics = (a: Report, b: Report) =>
    compareRuns([
      { name: 'a', reports: [a] },
      { name: 'b', reports: [b] },
    ]).flatMap(({ pairs }) => pairs.flatMap((pair) => pair.metrics.map(({ metric }) => metric)));
  const cells = native.cells;
  const timed = metrics(native, native);
  const untimed = metrics(native, emulated(cells));
  expect(timed).toContain('load.connectCallUs.p50');
  expect(untimed.filter((metric) => /Us\b|Ms\b|rate/i.test(metric))).toEqual([]);
  expect(untimed).toContain('verdict');
  expect(metrics(emulated(cells), emulated(cells))).toEqual(timed);
});

it('exits with the worst of the columns', () => {
  expect(exitCodeOfKernels([column('a'), column('b', { exitCode: 1 })], true)).toBe(1);
  expect(exitCodeOfKernels([column('a'), column('b', { exitCode: 1 })], false)).toBe(0);
  expect(exitCodeOfKernels([column('a'), column('b', { exitCode: 4 })], true)).toBe(4);
  expect(exitCodeOfKernels([column('a', { exitCode: 3 }), column('b', { exitCode: 3 })], true)).toBe(3);
  expect(exitCodeOfKernels([column('a', { exitCode: 3 }), column('b')], true)).toBe(0);
});

import { execa } from 'execa';
import { expect, it } from 'vitest';
import type { CellReport, MeasuredCell } from '../../harness/model/report.ts';
import { isMeasured, Report } from '../../harness/model/report.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();

function measured(cell: CellReport | undefined): MeasuredCell {
  if (cell === undefined || !isMeasured(cell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
  return cell;
}

const residuals = (cell: MeasuredCell) => cell.ledger.identities.map((one) => one.residual);
const brokenExpectations = (cell: MeasuredCell) =>
  cell.expectations.filter((one) => !one.holds).map((one) => `${one.text}: ${one.observed}`);

it('short-conn runs out of 1,000 ports as the budget predicts, and reuse prevents it', async () => {
  const { report } = await runScenario(runtime, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-0', 'tw-reuse-1'],
  });
  expect(() => Report.parse(report)).not.toThrow();
  const [without, withReuse] = report.cells.map(measured) as [MeasuredCell, MeasuredCell];
  expect(without.verdict).toBe('exhausted');
  const killed = without.peers.server?.counters['Tcp.OutRsts'] ?? 0;
  expect(without.peers.client?.timeWait.peak).toBeGreaterThanOrEqual(1000 - killed);
  expect(without.peers.client?.timeWait.peak).toBeLessThanOrEqual(1000);
  expect(without.load.failures?.find((one) => one.errno === 'EADDRNOTAVAIL')?.count).toBeGreaterThan(0);
  expect(without.budget?.timeToExhaustionMs.measured).toBeGreaterThan(0);
  expect(without.peers.server?.counters['Tcp.PassiveOpens']).toBe(without.load.connected);
  expect(withReuse.verdict).not.toBe('exhausted');
  expect(withReuse.peers.client?.timeWait.recycled).toBeGreaterThan(0);
  for (const cell of [without, withReuse]) {
    expect(residuals(cell).every((residual) => residual === 0)).toBe(true);
    expect(brokenExpectations(cell)).toEqual([]);
  }
});

it('short-conn at full speed reaches ports per tcp_tw_reuse_delay', async () => {
  const { report } = await runScenario(runtime, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-1'],
    overrides: { rate: 'max' },
  });
  const cell = measured(report.cells[0]);
  expect(residuals(cell).every((residual) => residual === 0)).toBe(true);
  expect(cell.budget?.maxRatePerSec.predicted).toBe(1000);
  expect(Math.abs(cell.budget?.maxRatePerSec.error ?? 1)).toBeLessThanOrEqual(0.05);
});

it('autocannon splits its connections among threads, and counts them all', async () => {
  const lines: { completed: number }[] = [];
  const { report } = await runScenario(runtime, scenarioNamed('keep-alive'), {
    profileNames: ['tw-reuse-0'],
    overrides: { threads: 3 },
    onLine: (line) => {
      if (line.type === 'load') lines.push(line);
    },
  });
  const cell = measured(report.cells[0]);
  expect(cell.load.engine).toBe('autocannon');
  expect(cell.peers.client?.counters['Tcp.ActiveOpens']).toBe(10);
  expect(cell.load.completed).toBeGreaterThan(0);
  // Intervals are counted per answer, the total by autocannon at the end.
  const inIntervals = lines.reduce((sum, line) => sum + line.completed, 0);
  expect(Math.abs(inIntervals - cell.load.completed)).toBeLessThanOrEqual(10);
  expect(residuals(cell).every((residual) => residual === 0)).toBe(true);
});

it.each([
  ['keep-alive', ['tw-reuse-0']],
  ['server-close', ['tw-reuse-0']],
  ['linger-rst', ['tw-reuse-0']],
  ['tw-buckets', ['tw-reuse-0', 'small-buckets']],
])('%s meets its expectations, and its counts add up', async (name, profileNames) => {
  const { report } = await runScenario(runtime, scenarioNamed(name), { profileNames });
  for (const cell of report.cells.map(measured)) {
    expect(brokenExpectations(cell)).toEqual([]);
    expect(cell.ledger.closes).toBe(true);
    expect(cell.expectations.length).toBeGreaterThan(0);
  }
});

it('agrees with ss inside the client while a cell runs', async () => {
  let seen: { ss: number; at: number } | null = null;
  const samples: number[] = [];
  let asked = false;
  let pid: number | null = null;
  await runScenario(runtime, scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-0'],
    overrides: { rate: 200, durationMs: 2500 },
    onLine: (line) => {
      if (line.type === 'peer' && line.role === 'client') pid = line.pid;
      if (line.type !== 'sample' || line.role !== 'client') return;
      const tw = line.readings.tw ?? 0;
      samples.push(tw);
      if (asked || tw < 100 || pid === null) return;
      asked = true;
      void execa('nsenter', ['-t', String(pid), '-n', 'ss', '-Htan', 'state', 'time-wait']).then(({ stdout }) => {
        seen = { ss: stdout.trim().split('\n').length, at: samples.length };
      });
    },
  });
  expect(seen).not.toBeNull();
  const { ss, at } = seen as unknown as { ss: number; at: number };
  // One tick before and one after: at 200/s and 10 Hz at most 20 sockets are created between two ticks.
  expect(ss).toBeGreaterThanOrEqual(samples[at - 2] ?? Number.NaN);
  expect(ss).toBeLessThanOrEqual(samples[at + 1] ?? Number.NaN);
});

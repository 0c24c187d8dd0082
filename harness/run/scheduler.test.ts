import { expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import type { CellPlan } from '../model/cell.ts';
import type { EngineFacts } from '../model/load-facts.ts';
import { plan } from '../plan/plan.ts';
import { parsePressure, parseRunnable, parseStolenMs } from '../probe/contention.ts';
import { ConnectionCost } from './connection-cost.ts';
import { cpuNeed } from './cpu-need.ts';
import { disturbanceIn, nextToStart } from './scheduler.ts';

function cells(
  name: string,
  profileNames: string[],
  rate?: number | 'max',
  form: 'full' | 'quick' = 'full',
): CellPlan[] {
  const planned = plan({
    scenarios: [scenarioNamed(name)],
    profiles,
    profileNames,
    repetitions: 3,
    form,
    overrides: { sysctls: {}, ...(rate !== undefined && { rate }) },
    settable: null,
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells;
}

it('gives each thread that searches for ports its own core, and a closed loop the machine', () => {
  const [reuse] = cells('short-conn', ['tw-reuse-1']);
  const [without] = cells('short-conn', ['tw-reuse-0']);
  const [quick] = cells('short-conn', ['tw-reuse-0'], undefined, 'quick');
  const [closed] = cells('short-conn', ['tw-reuse-1'], 'max');
  // 2,000 arrivals a second, and two peers that take 0.025 each without a load.
  expect(cpuNeed(reuse as CellPlan, 150)).toBeCloseTo(0.35, 5);
  expect(cpuNeed(reuse as CellPlan, 90)).toBeCloseTo(0.23, 5);
  // The search leaves its thread time for a few hundred connections: no more than a core.
  expect(cpuNeed(without as CellPlan, 150)).toBeCloseTo(1.05, 5);
  expect(cpuNeed(quick as CellPlan, 150)).toBeLessThan(0.3);
  expect(cpuNeed(closed as CellPlan, 150)).toBe(Number.POSITIVE_INFINITY);
});

it('knows that reuse needs timestamps on both sides', () => {
  const [without] = cells('short-conn', ['no-timestamps']);
  expect(cpuNeed(without as CellPlan, 150)).toBeCloseTo(1.05, 5);
});

it('packs cells up to four fifths of the cores, in order, and lets small ones overtake a big one', () => {
  const small = cells('short-conn', ['tw-reuse-1']);
  const big = cells('short-conn', ['tw-reuse-0']);
  const next = (waiting: CellPlan[], running: CellPlan[]) =>
    nextToStart(waiting, running, { parallel: 'auto', cores: 2, connectionUs: 150 });
  expect(next(small, [])).toBe(small[0]);
  expect(next([big[0] as CellPlan, small[0] as CellPlan], [big[1] as CellPlan])).toBe(small[0]);
  expect(next(big.slice(1), [big[0] as CellPlan])).toBeNull();
  expect(next(big, [])).toBe(big[0]);
  expect(nextToStart(small, big.slice(0, 2), { parallel: 2, cores: 2, connectionUs: 150 })).toBeNull();
});

it('calls waiting a disturbance only where something was late, stolen time always', () => {
  const late = '12 of 50 samples were late';
  expect(disturbanceIn({ waiting: 0.9, runnable: 3, stolen: 0 }, null)).toBeNull();
  expect(disturbanceIn({ waiting: 0.9, runnable: 3, stolen: 0 }, late)).toContain(
    '12 of 50 samples were late: other cells ran at the same time, and tasks waited for a CPU 90 % of the time',
  );
  expect(disturbanceIn({ waiting: 0.5, runnable: 3, stolen: 0 }, late)).toBeNull();
  expect(disturbanceIn({ waiting: 0.1, runnable: 3, stolen: 0.2 }, null)).toContain('steal');
  expect(disturbanceIn({ waiting: null, runnable: 3, stolen: null }, late)).toContain('run queues');
  expect(disturbanceIn({ waiting: null, runnable: null, stolen: null }, late)).toBeNull();
});

const paced: EngineFacts = { keepsPolicy: true, paced: true, sees: [], cpu: { thread: 1 } };

it('learns the cost of a connection from the CPU lines of running cells', () => {
  const cost = new ConnectionCost();
  const [one, other] = cells('short-conn', ['tw-reuse-1'], 1000) as [CellPlan, CellPlan];
  const cpu = (cell: string, role: string, share: number) =>
    cost.hear({ type: 'cpu', t: 0, cell, role, busy: { thread: share } });
  for (const { id, ...plan } of [one, other]) {
    cost.hear({ type: 'cell', t: 0, cell: id, plan: { id, ...plan } });
    const cpu = { server: 1, 'server-thread': 'busiest-thread' } as const;
    const server = {
      server: 'any',
      version: null,
      closes: '',
      facts: { requestLimit: null, closesAfterClient: true, cpu },
    };
    cost.hear({ type: 'server', t: 0, cell: id, role: 'server', ...server });
    cost.hear({ type: 'engine', t: 0, cell: id, role: 'client', engine: 'any', facts: paced });
  }
  expect(cost.us).toBe(150);
  cpu(one.id, 'client', 0.5); // the first second is warm-up
  cpu(one.id, 'client', 0.06);
  expect(cost.us).toBe(150); // the server's part is not known yet
  cpu(one.id, 'server', 0.1); // … nor does its first second say it
  expect(cost.us).toBe(150);
  cost.hear({ type: 'cpu', t: 0, cell: one.id, role: 'server', busy: { server: 0.04, 'server-thread': 0.03 } });
  expect(cost.us).toBeCloseTo(100, 6);
  cost.hear({ type: 'cell-end', t: 0, cell: one.id, state: 'measured', setupMs: null, teardownMs: null });
  expect(cost.us).toBeCloseTo(100, 6);
});

it('learns nothing from an engine that sets its own pace', () => {
  const cost = new ConnectionCost();
  const [plan] = cells('short-conn', ['tw-reuse-1'], 1000) as [CellPlan];
  const cell = plan.id;
  cost.hear({ type: 'cell', t: 0, cell, plan });
  cost.hear({ type: 'engine', t: 0, cell, role: 'client', engine: 'any', facts: { ...paced, paced: false } });
  for (const role of ['client', 'server', 'client', 'server']) {
    cost.hear({ type: 'cpu', t: 0, cell, role, busy: { thread: 0.05 } });
  }
  expect(cost.us).toBe(150);
});

it('reads pressure and steal', () => {
  expect(parsePressure('some avg10=1.0 avg60=0.8 avg300=0.1 total=667050566\nfull avg10=0 total=0\n')).toBe(667050566);
  expect(parsePressure('')).toBeNull();
  expect(parseRunnable('ctxt 5\nprocs_running 7\nprocs_blocked 0\n')).toBe(7);
  expect(parseRunnable('')).toBeNull();
  expect(parseStolenMs('cpu  168228 43 94050 948271 2223 0 16082 80 0 0\ncpu0 1 2\n')).toBe(800);
});

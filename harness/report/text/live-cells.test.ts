import { expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarioNamed } from '../../../scenarios/registry.ts';
import { engineTraitsNamed } from '../../load/traits.ts';
import type { CellPlan } from '../../model/cell.ts';
import { LoadResult } from '../../model/journal.ts';
import { plan } from '../../plan/plan.ts';
import { LiveCells } from './live-cells.ts';

function cellOf(name: string): CellPlan {
  const input = { scenarios: [scenarioNamed(name)], profiles, repetitions: 1, form: 'quick' } as const;
  const planned = plan({ ...input, overrides: { sysctls: {} }, settable: null });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells[0] as CellPlan;
}

it('shows the load of an engine that reports nothing while it runs, and counts its failures at the end', () => {
  const cell = cellOf('wrk-tomcat');
  const { load } = cell.scenario;
  const live = new LiveCells([cell]);
  const at = { cell: cell.id, role: 'client' };
  live.add({ type: 'cell', t: 0, cell: cell.id, plan: cell });
  expect(live.running()[0]).toContain('starting');
  const facts = engineTraitsNamed('wrk')?.facts(load);
  if (facts === undefined) throw new Error('no wrk');
  live.add({ type: 'engine', t: 1000, ...at, engine: 'wrk', facts });
  const sample = { readings: { tw: 0 }, counters: {}, costMs: 0, lateMs: 0, missed: 0 };
  live.add({ type: 'sample', t: 2000, ...at, ...sample });
  const seconds = Math.ceil((load.durationMs + load.observeMs - 1000) / 1000);
  expect(live.running()[0]).toMatch(new RegExp(`load  TIME_WAIT client 0  ${seconds} s left$`));
  const none = { connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null };
  const result = LoadResult.parse({
    ...{ attempts: 5, connected: null, completed: 2, inFlight: 0, answers: 2, ...none },
    failures: [{ errno: 'EUNKNOWN', phase: 'response', count: 3 }],
    ...{ startedAt: 1000, endedAt: 3000, firstFailures: [], cpuMs: null },
  });
  live.add({ type: 'load-end', t: 3000, ...at, result });
  expect(live.last(cell.id)).toBe('; TIME_WAIT client 0, 3 failed');
});

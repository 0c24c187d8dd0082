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
    ...{ attempts: 5, connected: null, completed: 2, inFlight: 0, answers: 2, failures: [], ...none },
    ...{ startedAt: 1000, endedAt: 3000, firstFailures: [], cpuMs: null },
  });
  live.add({ type: 'load-end', t: 3000, ...at, result });
  expect(live.running()[0]).toContain('observing');
  live.add({ type: 'cell-end', t: 4000, cell: cell.id, state: 'measured', setupMs: null, teardownMs: null });
  expect(live.running()).toEqual([]);
});

/** One running cell whose peers have this many TIME_WAITs. */
function running(cell: CellPlan, timeWaits: Record<string, number>): LiveCells {
  const live = new LiveCells([cell]);
  live.add({ type: 'cell', t: 0, cell: cell.id, plan: cell });
  for (const { role, sysctls } of cell.peers) {
    const head = { t: 0, cell: cell.id, role, namespace: '', pid: null, inspect: '' };
    live.add({ type: 'peer', ...head, effective: sysctls, requested: sysctls });
  }
  const counts = { attempts: 1, connected: 1, completed: 1, inFlight: 0, failedAfterConnect: 0, answers: 1 };
  const failures = [{ errno: 'EADDRNOTAVAIL', phase: 'connect' as const, count: 123_456 }];
  const none = { connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null };
  for (const [role, tw] of Object.entries(timeWaits)) {
    const head = { t: 100, cell: cell.id, role };
    live.add({ type: 'load', ...head, intervalMs: 100, ...counts, failures, ...none });
    live.add({ type: 'sample', ...head, readings: { tw }, counters: {}, costMs: 0, lateMs: 0, missed: 0 });
  }
  return live;
}

it('truncates lines to the width of a terminal, and not at all without one', () => {
  const cell = { ...cellOf('short-conn'), id: `short-conn/${'long-profile-'.repeat(8)}/1` };
  const live = running(cell, { client: 500 });
  expect(live.running()[0]).toMatch(/123456 failed {2}\d+ s left$/);
  expect(live.running(60)[0]).toHaveLength(60);
});

it("counts the occupancy of the subject's own ports alone, whatever the other peers are called", () => {
  const cell = cellOf('short-conn');
  const peers = cell.peers.map((peer) =>
    peer.kind === 'server' ? { ...peer, role: 'clientele', kind: 'clientele' } : peer,
  );
  const live = running({ ...cell, peers }, { client: 500, clientele: 400 });
  expect(live.running()[0]).toContain(' 50 %');
});

it('says which cell of how many begins, and when it is run again', () => {
  const cell = cellOf('short-conn');
  const live = running(cell, {});
  expect(live.place(cell.id)).toBe(' (1 of 1)');
  live.add({ type: 'cell', t: 0, cell: cell.id, plan: cell });
  expect(live.place(cell.id)).toBe(' (1 of 1, rerun alone)');
});

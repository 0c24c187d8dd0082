import { setMaxListeners } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalVersion } from '../harness/model/journal.ts';
import type { Scenario } from '../harness/model/scenario.ts';
import { type Overrides, plan } from '../harness/plan/plan.ts';
import { monotonicMs } from '../harness/probe/clock.ts';
import { readMachine } from '../harness/probe/host.ts';
import { Journal } from '../harness/run/journal.ts';
import { RunReader } from '../harness/run/run-reader.ts';
import { type Parallel, runCells } from '../harness/run/scheduler.ts';
import type { Runtime } from '../harness/runtime/runtime.ts';
import { profiles } from '../scenarios/profiles.ts';

export interface RunOptions {
  /** Absent: the scenario's own. */
  profileNames?: string[];
  parallel?: Parallel;
  overrides?: Partial<Overrides>;
  signal?: AbortSignal;
  form?: 'quick' | 'full';
  /** Absent: 1. */
  repetitions?: number;
  /** Absent: 10. */
  samplesHz?: number;
  /** Called for every journal line as it is written. */
  onLine?: Parameters<Journal['onLine']>[0];
}

/** Runs one scenario in a runtime as the command does, and returns the report and the folder. */
export async function runScenario(runtime: Runtime, scenario: Scenario, options: RunOptions) {
  return runScenarios(runtime, [scenario], options);
}

export async function runScenarios(runtime: Runtime, scenarios: readonly Scenario[], options: RunOptions) {
  const runId = `test-${process.pid}`;
  const form = options.form ?? 'quick';
  const input = {
    scenarios,
    profiles,
    ...(options.profileNames && { profileNames: options.profileNames }),
    repetitions: options.repetitions ?? 1,
    form,
    overrides: { sysctls: {}, ...options.overrides },
  };
  const dry = plan({ ...input, settable: null });
  if (!dry.ok) throw new Error(JSON.stringify(dry.issues));
  const keys = dry.cells.flatMap((cell) => cell.peers.flatMap((peer) => Object.keys(peer.sysctls)));
  const settable = await runtime.settableSysctls([...new Set(keys)]);
  const claim = await runtime.claimSubnets?.(runId);
  const present = (await runtime.components?.()) ?? null;
  const planned = plan({ ...input, settable, present, ...(claim && { subnets: claim }) });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  const folder = join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');
  const journal = new Journal(folder);
  const reader = new RunReader();
  journal.onLine((line) => reader.add(line));
  if (options.onLine) journal.onLine(options.onLine);
  const runStartedAt = monotonicMs();
  journal.write({
    type: 'run',
    journalVersion,
    id: 'test',
    startedAt: new Date().toISOString(),
    command: ['test'],
    gitSha: null,
    form,
    host: { ...readMachine(), runtime: runtime.name, privilege: 'none', versions: {} },
    cells: planned.cells.map((cell) => cell.id),
  });
  const signal = options.signal ?? new AbortController().signal;
  // Each cell listens for the abort while it runs.
  setMaxListeners(0, signal);
  const context = { runtime, journal, runId, runStartedAt, signal, samplesHz: options.samplesHz ?? 10 };
  const outcomes = await runCells(planned.cells, options.parallel ?? 1, context, 2);
  await claim?.release();
  journal.write({ type: 'run-end', t: monotonicMs() - runStartedAt, interrupted: signal.aborted });
  journal.close();
  return { ...reader.result(), outcomes, folder };
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gate } from '../harness/model/gates.ts';
import type { JournalLine } from '../harness/model/journal.ts';
import type { Scenario } from '../harness/model/scenario.ts';
import type { Overrides } from '../harness/plan/overrides.ts';
import { type RunObserver, runLab } from '../harness/run/lab-run.ts';
import { newRunId } from '../harness/run/run-id.ts';
import type { Parallel } from '../harness/run/scheduler.ts';
import type { Runtime } from '../harness/runtime/runtime.ts';
import { profiles } from '../scenarios/profiles.ts';

export interface RunOptions {
  /** Absent: the scenario's own. */
  profileNames?: string[];
  /** Absent: 1. */
  parallel?: Parallel;
  overrides?: Partial<Overrides>;
  gates?: Gate[];
  signal?: AbortSignal;
  form?: 'quick' | 'full';
  /** Absent: 1. */
  repetitions?: number;
  /** Absent: 10. */
  samplesHz?: number;
  /** Called for every journal line as it is written. */
  onLine?(line: JournalLine): void;
  observers?: RunObserver[];
}

/** Runs one scenario in a runtime as the command does, and returns the report and the folder. */
export async function runScenario(runtime: Runtime, scenario: Scenario, options: RunOptions) {
  return runScenarios(runtime, [scenario], options);
}

export async function runScenarios(runtime: Runtime, scenarios: readonly Scenario[], options: RunOptions) {
  const {
    profileNames,
    repetitions = 1,
    form = 'quick',
    overrides,
    onLine,
    signal,
    parallel = 1,
    observers = [],
    ...rest
  } = options;
  const folder = join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');
  const result = await runLab({
    ...rest,
    parallel,
    id: newRunId(),
    plan: {
      scenarios,
      profiles,
      ...(profileNames && { profileNames }),
      repetitions,
      form,
      overrides: { sysctls: {}, ...overrides },
    },
    runtime,
    out: folder,
    signal: signal ?? new AbortController().signal,
    observers: [...observers, ...(onLine === undefined ? [] : [{ onLine }])],
    command: ['test'],
  });
  return { ...result, folder };
}

import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import type { CellPlan } from '../model/cell.ts';
import { causeText, HarnessError, validationError } from '../model/errors.ts';
import type { Gate } from '../model/gates.ts';
import { type JournalLine, journalVersion } from '../model/journal.ts';
import type { CellReport, Report } from '../model/report.ts';
import { qdiscsNeeded } from '../plan/link-skip.ts';
import { type PlanInput, plan } from '../plan/plan.ts';
import { monotonicMs } from '../probe/clock.ts';
import { readMachine } from '../probe/host.ts';
import type { ReportView } from '../report/view.ts';
import type { Runtime, SubnetClaim } from '../runtime/runtime.ts';
import type { CellOutcome } from './cell-runner.ts';
import { CellVerdicts } from './cell-verdicts.ts';
import { forecastMs } from './forecast.ts';
import { GateWatch } from './gate-watch.ts';
import { Journal } from './journal.ts';
import { readRunFolder } from './run-reader.ts';
import { type Parallel, runCells } from './scheduler.ts';

/** Observes a run in progress. */
export interface RunObserver {
  /** Once, before the first cell starts; `expectedMs` is how long all of them will take. */
  onPlanned?(cells: readonly CellPlan[], expectedMs: number): void;
  /** Every journal line, right after it was written. */
  onLine?(line: JournalLine): void;
  /** Called for each ended cell, with the data of the report; again if the scheduler repeats the cell. */
  onCell?(report: CellReport): void;
  /** Problems that do not affect the run's result. */
  onWarning?(text: string): void;
}

export interface LabRun {
  /** Identifies the run in its journal and in everything that it creates on the machine. */
  id: string;
  /** What to run; the runtime's facts about this machine are added here. */
  plan: Omit<PlanInput, 'settable' | 'present' | 'qdiscs' | 'runtime' | 'subnets'>;
  runtime: Runtime;
  /** Folder of the run: created if needed; rejected if it already contains a run (OUT_NOT_EMPTY). */
  out: string;
  /** On abort no more cells are started and running ones are ended; what was measured is reported. */
  signal: AbortSignal;
  /** Conditions that the report evaluates. Default none. */
  gates?: readonly Gate[];
  /** Cells at a time. Default auto: as many as the CPU allows. */
  parallel?: Parallel;
  /** Samples per second of every peer. Default 10. */
  samplesHz?: number;
  observers?: readonly RunObserver[];
  /** For the journal: the command line, and the lab's version and commit. Default: not recorded. */
  command?: readonly string[];
  labVersion?: string | null;
  gitSha?: string | null;
  log?: Pick<Logger, 'debug'>;
}

export interface LabResult {
  report: Report;
  view: ReportView;
  /** How each cell ended, by its id; a cell that never started is absent. */
  outcomes: ReadonlyMap<string, CellOutcome>;
  /** Why the run could not be recorded to its end (exit 4); `null`: it was. The report has what was recorded. */
  lost: HarnessError | null;
}

/**
 * The composition root: plan → cells → journal → report, for the command, the tests and the benchmarks alike. Writes
 * OUT/journal.ndjson and no other file. Errors: what is wrong with the plan on this machine (exit 2), OUT_NOT_EMPTY,
 * OUT_NOT_WRITABLE, JOURNAL_LOST if nothing of it can be read; what goes wrong in a cell is in the report.
 */
export async function runLab(run: LabRun): Promise<LabResult> {
  const claim = await run.runtime.claimSubnets?.(run.id);
  try {
    const cells = await cellsHere(run, claim);
    const { outcomes, lost } = await journalled(run, cells);
    return { ...(await readBack(run.out, lost)), outcomes, lost };
  } finally {
    await released(claim, run.observers ?? []);
  }
}

/** From the file: during a run nothing is kept in memory. */
async function readBack(out: string, lost: HarnessError | null): Promise<Pick<LabResult, 'report' | 'view'>> {
  try {
    return (await readRunFolder(out)).result();
  } catch (error) {
    // The command was right: its journal was removed or changed while it ran.
    throw (
      lost ??
      new HarnessError('JOURNAL_LOST', 'the run cannot be reported: its journal cannot be read back', { cause: error })
    );
  }
}

/** Releases the subnets. Never rejects: an error thrown in `finally` would replace the run's result or error. */
async function released(claim: SubnetClaim | undefined, observers: readonly RunObserver[]): Promise<void> {
  try {
    await claim?.release();
  } catch (error) {
    const text = `the run's subnets were not released: ${causeText(error)}`;
    for (const observer of observers) observer.onWarning?.(text);
  }
}

/** Completes the plan with this machine's settings, programs and free subnets. */
async function cellsHere({ plan: input, runtime }: LabRun, subnets: SubnetClaim | undefined): Promise<CellPlan[]> {
  const planned = (machine: Pick<PlanInput, 'settable' | 'present' | 'qdiscs' | 'runtime' | 'subnets'>) => {
    const result = plan({ ...input, ...machine });
    if (!result.ok) throw validationError(result.issues);
    return result.cells;
  };
  const asked = planned({ settable: null });
  const keys = asked.flatMap((cell) => cell.peers.flatMap((peer) => Object.keys(peer.sysctls)));
  const kinds = qdiscsNeeded(asked.flatMap((cell) => cell.links));
  return planned({
    settable: await runtime.settableSysctls([...new Set(keys)]),
    qdiscs: kinds.length === 0 ? null : ((await runtime.qdiscs?.(kinds)) ?? null),
    present: (await runtime.components?.()) ?? null,
    runtime,
    ...(subnets && { subnets }),
  });
}

/** Runs the cells and records everything in the journal; ends them if it cannot be written any more. */
async function journalled(run: LabRun, cells: readonly CellPlan[]): Promise<Pick<LabResult, 'outcomes' | 'lost'>> {
  const { runtime, gates = [], observers = [], parallel = 'auto' } = run;
  const machine = readMachine();
  const { privilege, versions, programs } = await runtime.facts();
  const journal = new Journal(run.out);
  const signal = AbortSignal.any([run.signal, journal.lost]);
  const watch = new GateWatch(gates);
  for (const observer of [watch, ...observers]) journal.onLine((line) => observer.onLine?.(line));
  const verdicts = new CellVerdicts(journal, machine, (report) => {
    for (const observer of observers) observer.onCell?.(report);
  });
  const expectedMs = forecastMs(cells, parallel, machine.cores);
  for (const observer of observers) observer.onPlanned?.(cells, expectedMs);
  // Every cell adds several listeners while it runs.
  setMaxListeners(0, signal);
  const runStartedAt = monotonicMs();
  journal.write({
    type: 'run',
    journalVersion,
    id: run.id,
    startedAt: new Date().toISOString(),
    command: [...(run.command ?? [])],
    gitSha: run.gitSha ?? null,
    form: run.plan.form,
    host: {
      ...machine,
      runtime: runtime.name,
      privilege,
      versions: { ...(run.labVersion && { 'timewait-lab': run.labVersion }), node: process.version, ...versions },
      ...(programs && { programs }),
    },
    cells: cells.map((cell) => cell.id),
    ...(gates.length > 0 && { gates: [...gates] }),
  });
  const context = {
    runtime,
    journal,
    runId: run.id,
    runStartedAt,
    signal,
    samplesHz: run.samplesHz ?? 10,
    loadSignal: (cell: string) => watch.loadSignal(cell),
    ...(run.log && { log: run.log }),
  };
  try {
    const outcomes = await runCells(cells, parallel, context, machine.cores);
    await verdicts.settled();
    journal.write({ type: 'run-end', t: monotonicMs() - runStartedAt, interrupted: signal.aborted });
    return { outcomes, lost: journal.lost.aborted ? journal.lost.reason : null };
  } finally {
    journal.close();
  }
}

import type { Logger } from 'pino';
import type { CellPlan } from '../model/cell.ts';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';
import type { JournalLine } from '../model/journal.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { Runtime, Testbed } from '../runtime/runtime.ts';
import { Agents } from './agents.ts';
import type { Journal } from './journal.ts';
import { measureCell } from './measure-cell.ts';
import type { CellNews, RunningCell } from './running-cell.ts';
import { configurePeers } from './set-up-peers.ts';

export interface CellContext {
  runtime: Runtime;
  journal: Journal;
  runId: string;
  /** monotonicMs() when the run began; journal times count from it. */
  runStartedAt: number;
  signal: AbortSignal;
  samplesHz: number;
  /** Aborts, with the reason, when a cell's load should end early; absent: never. */
  loadSignal?: (cell: string) => AbortSignal;
  log?: Pick<Logger, 'debug'>;
}

export type CellOutcome = 'measured' | 'skipped' | 'failed' | 'interrupted';

/** How a cell ended: its last journal line. */
interface CellEnd {
  state: CellOutcome;
  reason?: string;
  hint?: string | undefined;
}

interface Times {
  setupMs: number | null;
  teardownMs: number | null;
}

/**
 * Runs one cell: testbed up, measured, testbed down. Never throws; errors are in the journal. `beforeEnd` is called
 * when the testbed is down and before the cell's last line.
 */
export async function runCell(
  plan: CellPlan,
  context: CellContext,
  beforeEnd: () => void = () => {},
): Promise<CellOutcome> {
  const { journal, runStartedAt } = context;
  const write = (news: CellNews) => {
    const head = { type: news.type, t: monotonicMs() - runStartedAt, cell: plan.id };
    // The compiler cannot infer that a line without its head plus the head is the line.
    journal.write({ ...head, ...news } as JournalLine);
  };
  write({ type: 'cell', plan });
  const times: Times = { setupMs: null, teardownMs: null };
  let end: CellEnd = { state: 'skipped', ...plan.skip };
  if (plan.skip === undefined) {
    end = await liveThrough(plan, context, write, times);
    beforeEnd();
  }
  write({ type: 'cell-end', ...end, ...times });
  return end.state;
}

async function liveThrough(
  plan: CellPlan,
  context: CellContext,
  write: RunningCell['write'],
  times: Times,
): Promise<CellEnd> {
  const { runtime, runId, runStartedAt, signal, samplesHz, loadSignal, log } = context;
  const startedAt = monotonicMs();
  let testbed: Testbed | undefined;
  let agents: Agents | undefined;
  let end: CellEnd = { state: 'measured' };
  try {
    testbed = await runtime.start(plan, { runId, signal });
    agents = new Agents(testbed.peers, {
      runStartedAt,
      signal,
      onMeasured: (role, measured) => write({ ...measured, role }),
    });
    const endLoad = loadSignal?.(plan.id);
    const { sysctlsBy } = runtime;
    const cell = { plan, agents, signal, samplesHz, sysctlsBy, write, ...(endLoad && { endLoad }) };
    await agents.guarded(configurePeers(cell));
    times.setupMs = monotonicMs() - startedAt;
    log?.debug({ cell: plan.id, testbedMs: testbed.setupMs, readyMs: times.setupMs }, 'peers are up');
    await measureCell(cell);
  } catch (error) {
    end = endBy(error, signal);
  }
  const endedAt = monotonicMs();
  agents?.expectEnd();
  for (const text of agents?.strays() ?? []) write({ type: 'disturbance', text });
  await testbed?.stop().catch((error) => write({ type: 'disturbance', text: `tear-down: ${causeText(error)}` }));
  times.teardownMs = monotonicMs() - endedAt;
  return end;
}

function endBy(error: unknown, signal: AbortSignal): CellEnd {
  if (signal.aborted) return { state: 'interrupted', reason: 'interrupted' };
  const reason = causeText(error);
  if (!(error instanceof HarnessError)) return { state: 'failed', reason };
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  // A setting that this kernel or Docker daemon lacks makes the cell skipped: neither failed nor passed.
  const isMissing = error.code === 'SYSCTL_REFUSED' && error.exitCode === exitCode.unavailable;
  return { state: isMissing ? 'skipped' : 'failed', reason, ...hint };
}

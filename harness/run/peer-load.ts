import { setTimeout as sleep } from 'node:timers/promises';
import { clientEnvironment, fillIn } from '../load/program/command-line.ts';
import type { CellPlan } from '../model/cell.ts';
import { HarnessError } from '../model/errors.ts';
import type { LoadResult } from '../model/journal.ts';
import type { LoadSpec } from '../model/scenario.ts';
import { loadShare } from '../plan/serving.ts';
import { localAddresses, targetsOf } from '../plan/topology.ts';
import type { AgentClient } from './agent-client.ts';
import { untilOverdue } from './overdue.ts';
import { toRunTime } from './run-time.ts';

/** Runs one load peer's part of the cell's load; times in the result are run time. */
export async function runPeerLoad(
  plan: CellPlan,
  agent: AgentClient,
  part: { index: number; of: number },
): Promise<LoadResult> {
  const load = loadShare(plan.scenario.load, part.index, part.of);
  const first = plan.peers.find((candidate) => candidate.kind === load.to)?.role ?? load.to;
  const asked = agent.ask('load', {
    load,
    targets: targetsOf(plan, agent.role, load.to),
    localAddresses: localAddresses(plan.links, agent.role, first),
  });
  // If the image fails, that is the cause, and the agent's later answer does not matter.
  asked.catch(() => {});
  const { overdue, stop } = untilOverdue({ role: agent.role, load, intervals: () => agent.intervals });
  try {
    if (load.image !== undefined) await Promise.race([runClientImage(plan, agent, load), overdue]);
    return toRunTime(await Promise.race([asked, overdue]), agent.toRunMs);
  } finally {
    stop();
  }
}

/** Runs the client image next to the agent that counts; the load ends when the image does. */
async function runClientImage(plan: CellPlan, agent: AgentClient, load: LoadSpec): Promise<void> {
  const targets = targetsOf(plan, agent.role, load.to);
  if (load.image === undefined || targets.length === 0 || agent.peer.runImage === undefined) {
    throw new HarnessError('NO_CLIENT_IMAGE', 'this runtime cannot run a client image');
  }
  const args = load.image.args.map((arg) => fillIn(arg, targets, load.path));
  const env = { ...clientEnvironment(load, targets), ...load.image.env };
  const timer = new AbortController();
  const timeUp = sleep(load.durationMs, null, { signal: timer.signal }).catch(() => null);
  const end = await Promise.race([agent.peer.runImage({ ...load.image, args, env }), timeUp]);
  timer.abort();
  if (end === null) return;
  if (end.exitCode !== 0) {
    throw new HarnessError('CLIENT_FAILED', `the client image ${load.image.reference} ${end.exitReason}`);
  }
  await agent.ask('stop-load', {});
}

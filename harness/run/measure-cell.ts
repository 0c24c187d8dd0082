import { setTimeout as sleep } from 'node:timers/promises';
import { openStates } from '../model/vocabulary.ts';
import { monotonicMs } from '../probe/clock.ts';
import { runPeerLoad } from './peer-load.ts';
import type { RunningCell } from './running-cell.ts';
import { endClients, startClients, startSampling, startServers } from './set-up-peers.ts';

/** Maximum wait for all peers to come to rest after a load. */
const restMs = 2000;
/** If nothing changes for this long while connections are open, it is a leak and not a delay. */
const settledMs = 500;
/** Left within a round trip, unless a packet was lost: then only after a retransmission, 200 ms to seconds later. */
const passingStates = ['SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'CLOSING', 'LAST_ACK'] as const;
/** How long engines may take after an interruption to report their counts; the user is waiting. */
const lastCountsMs = 700;

/**
 * Everything between set-up and tear-down: servers, samples, load, rest; recorded in the journal. Rejects with the
 * cause if a part breaks, and with the signal's reason if interrupted: what was measured by then is in the journal.
 */
export async function measureCell(cell: RunningCell): Promise<void> {
  const { agents, plan, signal } = cell;
  await agents.guarded(startServers(cell));
  await takeSnapshots(cell, 'begin');
  await agents.guarded(startSampling(cell));
  await agents.guarded(startClients(cell));
  await runLoads(cell);
  await agents.guarded(endClients(cell));
  await takeSnapshots(cell, 'load-end');
  await agents.guarded(checkClocks(cell));
  await agents.guarded(takeOccupancy(cell));
  await agents.guarded(sleep(plan.scenario.load.observeMs, undefined, { signal }));
  await agents.guarded(rest(cell));
  await takeSnapshots(cell, 'end');
}

/** Runs the load of every load peer until all have ended. */
async function runLoads(cell: RunningCell): Promise<void> {
  const { plan, agents, signal, endLoad } = cell;
  const peers = plan.peers.filter((peer) => peer.kind === plan.scenario.load.from);
  const loads = Promise.all(
    peers.map(async ({ role }, index) => {
      const result = await runPeerLoad(plan, agents.of(role), { index, of: peers.length });
      cell.write({ type: 'load-end', role, result });
    }),
  );
  loads.catch(() => {});
  const stop = () => {
    for (const { role } of peers) {
      agents
        .of(role)
        .ask('stop-load', {})
        .catch(() => {});
    }
  };
  endLoad?.addEventListener('abort', () => {
    cell.write({ type: 'disturbance', text: String(endLoad.reason) });
    stop();
  });
  try {
    await agents.guarded(loads);
  } catch (error) {
    if (!signal.aborted) throw error;
    stop();
    await Promise.race([loads.catch(() => {}), sleep(lastCountsMs)]);
    await takeSnapshots(cell, 'load-end');
    throw error;
  }
}

/** Counters and states of every peer; also after an interruption, because the agents still answer. */
async function takeSnapshots({ agents, write }: RunningCell, at: 'begin' | 'load-end' | 'end'): Promise<void> {
  const snapshots = await agents.unlessBroken(agents.ask('snapshot', {}));
  for (const [index, snapshot] of snapshots.entries()) {
    write({ type: 'snapshot', role: agents.all[index]?.role ?? '', at, ...snapshot });
  }
}

/** How far clocks may drift apart over a cell before its times across machines are doubtful. */
const driftMs = 5;

/** Measures the clocks of peers on other machines again; what they drifted is in the journal. */
async function checkClocks({ agents, write }: RunningCell): Promise<void> {
  await Promise.all(
    agents.all
      .filter(({ peer }) => peer.host !== undefined)
      .map(async (agent) => {
        const now = await agent.measureClock();
        write({ type: 'clock', role: agent.role, ...now });
        const drift = Math.abs(now.offsetMs - agent.clock.offsetMs);
        if (drift <= driftMs + now.uncertaintyMs + agent.clock.uncertaintyMs) return;
        const text = `the clock of ${agent.role}'s host moved ${Math.round(drift)} ms against the runner's during the load`;
        write({ type: 'disturbance', text });
      }),
  );
}

/** Sockets by remote end. Read only once: reading tens of thousands takes as many microseconds. */
async function takeOccupancy({ agents, write }: RunningCell): Promise<void> {
  for (const agent of agents.all) {
    const sockets = await agent.ask('occupancy', {});
    if (sockets !== null) write({ type: 'occupancy', role: agent.role, sockets });
  }
}

/**
 * Waits until the peers are at rest. With nothing open, two equal readings are enough. Otherwise nothing may change for
 * a while, because a busy peer may only be late, and no socket may be in a state that only a lost packet prolongs.
 */
async function rest({ agents }: RunningCell): Promise<void> {
  const deadline = monotonicMs() + restMs;
  let before = '';
  let since = monotonicMs();
  while (monotonicMs() < deadline) {
    const snapshots = await agents.ask('snapshot', {});
    const open = snapshots.map(({ states }) => openStates.map((state) => states?.[state] ?? 0));
    const now = JSON.stringify(open);
    const isPassing = snapshots.some(({ states }) => passingStates.some((state) => (states?.[state] ?? 0) > 0));
    if (now !== before) since = monotonicMs();
    else if (open.flat().every((count) => count === 0)) return;
    else if (!isPassing && monotonicMs() - since >= settledMs) return;
    before = now;
    await sleep(50);
  }
}

import { join } from 'node:path';
import type { Scenario } from '../../harness/model/scenario.ts';
import { runLab } from '../../harness/run/lab-run.ts';
import { newRunId } from '../../harness/run/run-id.ts';
import { netnsRuntime } from '../../harness/runtime/netns/netns.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { randomFrom } from '../random.ts';
import { type AgentFault, agentFaults, type Round } from './choose.ts';
import type { RoundOutcome } from './judge.ts';
import { Striker } from './strike.ts';

/** An interruption comes within this of the start. */
const interruptedWithinMs = 12_000;

/** Runs a round in this process, so that what the lab itself does not release adds up over the rounds. */
export async function labRound(round: Round, agentFile: string, folder: string): Promise<RoundOutcome> {
  const random = randomFrom(round.seed);
  const id = newRunId();
  const fault = agentFaults.find((name): name is AgentFault => name === round.fault);
  const striker = fault === undefined ? null : new Striker(fault, id, random);
  const interruption = new AbortController();
  const timer =
    round.fault === 'interrupted' ? setTimeout(() => interruption.abort(), random() * interruptedWithinMs) : null;
  const runtime = netnsRuntime({ agentFile });
  try {
    const { report } = await runLab({
      id,
      plan: { ...planned(round), profiles, repetitions: 1, form: 'quick' },
      runtime,
      out: join(folder, 'run'),
      signal: interruption.signal,
      parallel: round.parallel,
      samplesHz: round.samplesHz,
      observers: striker === null ? [] : [striker],
      command: ['soak'],
    });
    return { report, strike: striker?.struck ?? null };
  } finally {
    if (timer !== null) clearTimeout(timer);
    striker?.stop();
    await runtime.close();
  }
}

function planned({ scenario, family, free }: Round) {
  const scenarios: Scenario[] = [scenarioNamed(scenario)];
  if (free === undefined) return { scenarios, overrides: { sysctls: {}, family } };
  const range = `32768 ${32_767 + free.ports}`;
  return {
    scenarios,
    profileNames: [free.reuse ? 'tw-reuse-1' : 'tw-reuse-0'],
    overrides: {
      sysctls: { client: { 'net.ipv4.ip_local_port_range': range } },
      family,
      durationMs: free.durationMs,
      rate: free.ratePerSec,
    },
  };
}

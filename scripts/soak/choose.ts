import type { Verdict } from '../../harness/model/vocabulary.ts';

/** What one round of a soak runs. */
export interface Round {
  scenario: string;
  fault: FaultName;
  samplesHz: number;
  parallel: 1 | 'auto';
  family: 4 | 6;
  /** Settings of a run whose outcome follows from arithmetic alone; absent: the catalogue's own. */
  free?: FreeLoad;
  /** What happens is decided by it: which cell and peer, and when. */
  seed: number;
}

/**
 * A load of `short-conn`. Without reuse the ports run out if there are more arrivals than ports; with fewer the load only
 * ends too early (`inconclusive`), because all of its rates are above ports / 60 s.
 */
export interface FreeLoad {
  ports: number;
  ratePerSec: number;
  durationMs: number;
  reuse: boolean;
  verdicts: readonly Verdict[];
}

export const agentFaults = ['agent-killed', 'agent-stopped', 'program-killed'] as const;
export const runnerFaults = ['runner-killed', 'disk-full'] as const;
export type AgentFault = (typeof agentFaults)[number];
export type RunnerFault = (typeof runnerFaults)[number];
export type FaultName = 'none' | 'interrupted' | AgentFault | RunnerFault;

const faults: readonly FaultName[] = ['interrupted', ...agentFaults, ...runnerFaults];

/** Scenarios whose servers and programs all speak IPv6 (test/netns/family.test.ts). */
const overIpv6 = ['short-conn', 'keep-alive', 'server-close', 'redis-ping', 'wrk-tomcat', 'lb-chain'];

/**
 * An endless sequence of rounds: every scenario once in random order, then all again. Half of the rounds have a fault,
 * a quarter of the rest have a load of their own. The same generator gives the same rounds.
 */
export function* rounds(scenarios: readonly string[], random: () => number): Generator<Round> {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  for (;;) {
    for (const scenario of shuffled(scenarios, random)) {
      const fault = random() < 0.5 ? pick(faults) : 'none';
      const common = { samplesHz: pick([5, 10, 20]), parallel: pick([1, 'auto'] as const), seed: random() * 2 ** 32 };
      if (fault === 'none' && random() < 0.25) {
        yield { ...common, scenario: 'short-conn', fault, family: pick([4, 6] as const), free: freeLoad(random) };
      }
      const family = overIpv6.includes(scenario) ? pick([4, 6] as const) : 4;
      yield { ...common, scenario, fault, family };
    }
  }
}

function freeLoad(random: () => number): FreeLoad {
  const reuse = random() < 0.3;
  const runsOut = !reuse && random() < 0.5;
  const ports = 2 * Math.round(100 + random() * 400);
  const durationMs = Math.round(2000 + random() * 4000);
  // Far from 1, so that a late arrival changes nothing; with reuse a port is free again after a second.
  const arrivals = ports * (runsOut ? 1.2 + random() * 0.8 : 0.3 + random() * 0.5);
  const ratePerSec = Math.max(1, Math.round(reuse ? ports * (0.2 + random() * 0.3) : arrivals / (durationMs / 1000)));
  const verdicts: Verdict[] = reuse ? ['healthy', 'degraded'] : runsOut ? ['exhausted'] : ['inconclusive'];
  return { ports, ratePerSec, durationMs, reuse, verdicts };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { probeComponents } from '../../harness/components/probe-components.ts';
import { missingComponents } from '../../harness/plan/requirements.ts';
import { temporaryFolder } from '../../harness/probe/temporary.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { changesOf, machineState } from '../leftovers/machine.ts';
import { processesOf } from '../leftovers/processes.ts';
import { randomFrom } from '../random.ts';
import { type FaultName, type Round, rounds, runnerFaults } from './choose.ts';
import { commandRound } from './command-round.ts';
import { type Judgement, judge } from './judge.ts';
import { labRound } from './lab-round.ts';
import { type Point, readLevels } from './levels.ts';

/** How long what a fault ended may take to go. */
const goneWithinMs = 5000;

export interface SoakOptions {
  forMs: number;
  seed: number;
  /** Folder of the bundle. */
  dist: string;
  say: (line: string) => void;
}

export interface SoakResult {
  rounds: number;
  /** Rounds by fault. */
  faults: Partial<Record<FaultName, number>>;
  /** Faults that found a peer to strike. */
  strikes: number;
  /** Measured cells whose ledger was checked. */
  cells: number;
  /** Rounds of which a cell did not hold at first, and held alone. */
  repeated: string[];
  skipped: string[];
  wrong: string[];
  points: Point[];
}

/** Runs random rounds for `forMs`, and checks each of them and what it left behind. */
export async function soak({ forMs, seed, dist, say }: SoakOptions): Promise<SoakResult> {
  const parent = mkdtempSync(join(tmpdir(), 'tw-soak-'));
  // Programs under test run as another user, and enter it.
  chmodSync(parent, 0o755);
  // A mark on every process that a round starts, and the place of all temporary files.
  process.env.TMPDIR = parent;
  const own = temporaryFolder();
  const lab = new Rounds(dist, parent);
  const present = probeComponents();
  // The kernel's slabs are machine-wide: other work would decide the verdict of a scenario that reads them.
  const runnable = scenarios.filter(
    (scenario) => scenario.watchSlab === undefined && missingComponents(scenario, present) === null,
  );
  const result: SoakResult = {
    ...{ rounds: 0, faults: {}, strikes: 0, cells: 0, repeated: [], wrong: [], points: [] },
    skipped: scenarios.filter((scenario) => !runnable.includes(scenario)).map(({ name }) => name),
  };
  const machine = machineState();
  const startedAt = performance.now();
  try {
    const names = runnable.map(({ name }) => name);
    for (const round of rounds(names, randomFrom(seed))) {
      if (performance.now() - startedAt > forMs) break;
      const began = performance.now();
      const wrong = await lab.run(round, result);
      wrong.push(...(await leftovers(parent)), ...changesOf(machine, machineState()));
      result.rounds++;
      result.faults[round.fault] = (result.faults[round.fault] ?? 0) + 1;
      result.wrong.push(...wrong.map((text) => `round ${result.rounds}: ${text}`));
      result.points.push({ atMs: performance.now() - startedAt, levels: readLevels(own) });
      say(roundLine(result.rounds, round, performance.now() - began, wrong));
    }
    return result;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function roundLine(number: number, { scenario, fault, free, family }: Round, ms: number, wrong: string[]): string {
  const load = free === undefined ? '' : `, ${free.ratePerSec}/s × ${free.durationMs} ms on ${free.ports} ports`;
  const how = `${scenario}${load}, IPv${family}, ${fault}`;
  return `${number}: ${how}; ${(ms / 1000).toFixed(1)} s; ${wrong.length === 0 ? 'as expected' : wrong.join('; ')}`;
}

class Rounds {
  private readonly dist: string;
  private readonly parent: string;

  constructor(dist: string, parent: string) {
    this.dist = dist;
    this.parent = parent;
  }

  /** Runs a round and adds its figures; resolves with what was wrong. */
  async run(round: Round, result: SoakResult): Promise<string[]> {
    if ((runnerFaults as readonly string[]).includes(round.fault)) {
      result.strikes++;
      return this.within((folder) => commandRound(round, join(this.dist, 'cli.mjs'), folder));
    }
    const judgement = await this.judged(round, result);
    if (judgement.unmet.length === 0) return judgement.wrong;
    const again = await this.judged({ ...round, fault: 'none', parallel: 1 }, result);
    if (again.unmet.length === 0) result.repeated.push(...judgement.unmet);
    return [...judgement.wrong, ...again.wrong, ...again.unmet];
  }

  private judged(round: Round, result: SoakResult): Promise<Judgement> {
    return this.within(async (folder) => {
      const outcome = await labRound(round, join(this.dist, 'agent.cjs'), folder);
      if (outcome.strike !== null || outcome.report.run.interrupted) result.strikes++;
      const judgement = judge(round, outcome);
      result.cells += judgement.measured;
      return judgement;
    });
  }

  private async within<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(this.parent, 'round-'));
    try {
      return await work(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function leftovers(parent: string): Promise<string[]> {
  const deadline = performance.now() + goneWithinMs;
  let left = processesOf(parent, null);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(50);
    left = processesOf(parent, null);
  }
  return left;
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { distDir } from '../build.mjs';
import { dockerObjects } from '../leftovers/docker-objects.ts';
import { changesOf, machineState } from '../leftovers/machine.ts';
import { processesOf } from '../leftovers/processes.ts';
import { randomFrom } from '../random.ts';
import { type KilledJournal, killedJournal } from './killed-journal.ts';

const cli = join(distDir, 'cli.mjs');
/** A journal may lack what was sampled this long before the kill. */
const mostLostMs = 1000;
/** How long what was killed may take to go: processes, and the daemon's removal of containers and their links. */
const goneWithinMs = 5000;

export interface Kill extends KilledJournal {
  afterMs: number;
  wrong: string[];
}

export interface KillOptions {
  times: number;
  /** The same seed gives the same shares of an undisturbed run's time. */
  seed: number;
  /** Default netns. */
  runtime?: string;
  say?: (line: string) => void;
}

/**
 * Kills runs with SIGKILL at random instants, from their start to after their end, and checks what is left after `clean`
 * and what the journal has. Resolves with everything that was wrong: leftovers, lost samples, reports that could not be
 * made.
 */
export async function killRuns({ times, runtime = 'netns', seed, say = () => {} }: KillOptions) {
  const temporary = mkdtempSync(join(tmpdir(), 'tw-kill-'));
  const lab = new Lab(runtime, temporary);
  try {
    const machine = machineState();
    // The fastest of three: on a busy machine a slow one would put most instants after the end.
    const whole: number[] = [];
    for (const name of ['whole-1', 'whole-2', 'whole-3']) whole.push(await lab.undisturbed(name));
    const wholeMs = Math.min(...whole);
    say(`seed ${seed}; an undisturbed run takes ${Math.round(wholeMs)} ms`);
    const random = randomFrom(seed);
    const kills: Kill[] = [];
    for (let n = 1; n <= times; n++) {
      const kill = await lab.kill(n, random() * (wholeMs + 200));
      kill.wrong.push(...(await lab.leftovers(kill.run)), ...changesOf(machine, machineState()));
      kills.push(kill);
      say(killLine(n, kill));
    }
    const wrong = kills.flatMap((kill, index) => kill.wrong.map((text) => `kill ${index + 1}: ${text}`));
    return { wholeMs, kills, wrong };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function killLine(n: number, { afterMs, phase, lostMs, wrong }: Kill): string {
  const lost = lostMs === null ? '' : `; last sample ${Math.round(lostMs)} ms before`;
  return `${n}: after ${Math.round(afterMs)} ms, ${phase}${lost}; ${wrong.length === 0 ? 'nothing left' : wrong.join('; ')}`;
}

class Lab {
  private readonly runtime: string;
  private readonly temporary: string;
  // A mark on every process that a run starts, and the place of all its temporary files.
  private readonly env: NodeJS.ProcessEnv;
  private readonly pids = new Set<number>();

  constructor(runtime: string, temporary: string) {
    this.runtime = runtime;
    this.temporary = temporary;
    this.env = { ...process.env, TMPDIR: temporary };
  }

  private start(out: string): ChildProcess {
    const cell = ['short-conn', '--quick', '--duration', '800ms', '--profiles', 'tw-reuse-1', '--no-fail'];
    const args = [cli, 'scenario', ...cell, '--runtime', this.runtime, '--out', out];
    const runner = spawn(process.execPath, args, { env: this.env, stdio: 'ignore' });
    if (runner.pid !== undefined) this.pids.add(runner.pid);
    return runner;
  }

  async undisturbed(name: string): Promise<number> {
    const startedAt = performance.now();
    const [code] = await once(this.start(join(this.temporary, name)), 'exit');
    if (code !== 0) throw new Error(`an undisturbed run ended with exit code ${code}`);
    return performance.now() - startedAt;
  }

  async kill(n: number, afterMs: number): Promise<Kill> {
    const out = join(this.temporary, `run-${n}`);
    const runner = this.start(out);
    const exited = once(runner, 'exit');
    // Every second one from its journal on: start-up takes half of a short run.
    const hasJournal = () => existsSync(join(out, 'journal.ndjson'));
    while (n % 2 === 0 && runner.exitCode === null && !hasJournal()) await sleep(5);
    await Promise.race([sleep(n % 2 === 0 ? afterMs * 0.6 : afterMs), exited]);
    runner.kill('SIGKILL');
    const killedAt = Date.now();
    const [code] = await exited;
    const found = killedJournal(out, killedAt, code === 0);
    return { ...found, afterMs, wrong: found.run === null ? [] : this.problemsOf(out, found) };
  }

  /** A report can be made of every journal, and it has all but the last second. */
  private problemsOf(out: string, { lostMs }: KilledJournal): string[] {
    const wrong: string[] = [];
    if (lostMs !== null && lostMs > mostLostMs) {
      wrong.push(`the last sample is ${Math.round(lostMs)} ms older than the kill`);
    }
    const { status, stderr } = this.command(['report', out, '--json']);
    if (status !== 0) wrong.push(`report: exit code ${status}: ${stderr.trim()}`);
    return wrong;
  }

  private command(args: string[]) {
    return spawnSync(process.execPath, [cli, ...args], { env: this.env, encoding: 'utf8' });
  }

  /** Everything of the lab that is there after `clean`. */
  async leftovers(run: string | null): Promise<string[]> {
    const clean = this.command(['clean']);
    const wrong = clean.status === 0 ? [] : [`clean: exit code ${clean.status}: ${clean.stderr.trim()}`];
    const deadline = performance.now() + goneWithinMs;
    let left = await this.objects(run);
    while (left.length > 0 && performance.now() < deadline) {
      await sleep(50);
      left = await this.objects(run);
    }
    wrong.push(...left);
    for (const name of readdirSync(this.temporary)) {
      if (!/^(whole|run)-\d+$/.test(name)) wrong.push(`temporary folder ${name}`);
    }
    return wrong;
  }

  private async objects(run: string | null): Promise<string[]> {
    const processes = processesOf(this.temporary, run);
    return this.runtime === 'netns' ? processes : [...processes, ...(await dockerObjects(this.pids))];
  }
}

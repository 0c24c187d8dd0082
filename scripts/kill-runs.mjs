// node scripts/kill-runs.mjs [--times 10] [--runtime netns] [--seed N]: kills runs with SIGKILL at random instants, from
// their start to after their end, and checks what is left after `clean`, and what the journal has.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build, distDir, isStale } from './build.mjs';

const cli = join(distDir, 'cli.mjs');
/** A journal may lack what was sampled this long before the kill. */
const mostLostMs = 1000;

/**
 * Kills `times` runs. Resolves with a line for each kill and everything that was wrong: leftovers, lost samples, reports
 * that could not be made. The same seed gives the same shares of an undisturbed run's time.
 */
export async function killRuns({ times, runtime = 'netns', seed, say = () => {} }) {
  if (isStale()) await build();
  const temporary = mkdtempSync(join(tmpdir(), 'tw-kill-'));
  const lab = new Lab(runtime, temporary);
  try {
    const machine = machineState();
    // The fastest of three: on a busy machine a slow one would put most instants after the end.
    const whole = [];
    for (const name of ['whole-1', 'whole-2', 'whole-3']) whole.push(await lab.undisturbed(name));
    const wholeMs = Math.min(...whole);
    say(`seed ${seed}; an undisturbed run takes ${Math.round(wholeMs)} ms`);
    const random = randomFrom(seed);
    const kills = [];
    for (let n = 1; n <= times; n++) {
      const kill = await lab.kill(n, random() * (wholeMs + 200));
      kill.wrong.push(...(await lab.leftovers(kill.run)), ...changes(machine, machineState()));
      kills.push(kill);
      say(killLine(n, kill));
    }
    return {
      wholeMs,
      kills,
      wrong: kills.flatMap(({ wrong }, index) => wrong.map((text) => `kill ${index + 1}: ${text}`)),
    };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function killLine(n, { afterMs, phase, lostMs, wrong }) {
  const lost = lostMs === null ? '' : `; last sample ${Math.round(lostMs)} ms before`;
  return `${n}: after ${Math.round(afterMs)} ms, ${phase}${lost}; ${wrong.length === 0 ? 'nothing left' : wrong.join('; ')}`;
}

class Lab {
  constructor(runtime, temporary) {
    this.runtime = runtime;
    this.temporary = temporary;
    // A mark on every process that a run starts, and the place of all its temporary files.
    this.env = { ...process.env, TMPDIR: temporary };
  }

  start(out) {
    const cell = ['short-conn', '--quick', '--duration', '800ms', '--profiles', 'tw-reuse-1', '--no-fail'];
    const args = [cli, 'scenario', ...cell, '--runtime', this.runtime, '--out', out];
    return spawn(process.execPath, args, { env: this.env, stdio: 'ignore' });
  }

  async undisturbed(name) {
    const startedAt = performance.now();
    const [code] = await once(this.start(join(this.temporary, name)), 'exit');
    if (code !== 0) throw new Error(`an undisturbed run ended with exit code ${code}`);
    return performance.now() - startedAt;
  }

  async kill(n, afterMs) {
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
    return { afterMs, wrong: [], ...this.journal(out, killedAt, code === 0) };
  }

  /** What the journal of a killed run has, and whether a report can be made of it. */
  journal(out, killedAt, isWhole) {
    const file = join(out, 'journal.ndjson');
    if (!existsSync(file)) return { run: null, phase: 'before the journal', lostMs: null };
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((text) => JSON.parse(text));
    const wrong = [];
    const [first] = lines;
    if (first === undefined) return { run: null, phase: 'before the journal', lostMs: null };
    const samples = lines.filter(({ type }) => type === 'sample');
    const has = (type) => lines.some((line) => line.type === type);
    const phase = isWhole
      ? 'after its end'
      : has('load-end')
        ? 'after the load'
        : samples.length > 0
          ? 'in the load'
          : 'in set-up';
    const last = samples.at(-1);
    const lostMs = phase === 'in the load' ? killedAt - Date.parse(first.startedAt) - last.t : null;
    if (lostMs !== null && lostMs > mostLostMs)
      wrong.push(`the last sample is ${Math.round(lostMs)} ms older than the kill`);
    const { status, stderr } = this.command(['report', out, '--json']);
    if (status !== 0) wrong.push(`report: exit code ${status}: ${stderr.trim()}`);
    return { run: first.id, phase, lostMs, wrong };
  }

  command(args) {
    return spawnSync(process.execPath, [cli, ...args], { env: this.env, encoding: 'utf8' });
  }

  /** Everything of the lab that is there after `clean`. */
  async leftovers(run) {
    const clean = this.command(['clean']);
    const wrong = clean.status === 0 ? [] : [`clean: exit code ${clean.status}: ${clean.stderr.trim()}`];
    // A process that was killed takes some ms to go.
    for (let tries = 0; tries < 40 && this.processes(run).length > 0; tries++) await sleep(50);
    wrong.push(...this.processes(run));
    for (const name of readdirSync(this.temporary)) {
      if (!/^(whole|run)-\d+$/.test(name)) wrong.push(`temporary folder ${name}`);
    }
    if (this.runtime !== 'netns') wrong.push(...(await dockerObjects()));
    return wrong;
  }

  /** A namespace lives as long as a process in it. */
  processes(run) {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
      const command = readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      const isOurs =
        readOr(`/proc/${pid}/environ`).includes(`TMPDIR=${this.temporary}\0`) ||
        (run !== null && command.includes(`--run=${run}`));
      return isOurs ? [`process ${pid}: ${command.slice(0, 80)}`] : [];
    });
  }
}

/** What the lab never changes on the machine: links, rules, cgroups. It names no namespaces; those of others come and go. */
function machineState() {
  const lines = (program, args) => {
    const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
    return stdout ?? '';
  };
  const links = JSON.parse(lines('ip', ['-json', 'link']) || '[]').map(({ ifname }) => ifname);
  const cgroups = readdirOr('/sys/fs/cgroup').filter((name) => name.includes('timewait'));
  return {
    // Other programs' veths come and go, and so do containers of others.
    links: links.filter((name) => /^(tw|timewait|lab)/.test(name)).join(' '),
    rules: lines('nft', ['list', 'tables'])
      .split('\n')
      .filter((line) => line.includes('timewait'))
      .join(),
    cgroups: cgroups.join(' '),
  };
}

function changes(before, now) {
  return Object.keys(before)
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} of the machine: '${before[name]}' → '${now[name]}'`);
}

async function dockerObjects() {
  const filters = encodeURIComponent(JSON.stringify({ label: ['timewait-lab.run'] }));
  const containers = await dockerGet(`/containers/json?all=1&filters=${filters}`);
  const networks = await dockerGet(`/networks?filters=${filters}`);
  return [
    ...containers.map(({ Names: [name] }) => `container ${name}`),
    ...networks.map(({ Name: name }) => `network ${name}`),
  ];
}

function dockerGet(path) {
  const socketPath = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');
  return new Promise((resolve, reject) => {
    request({ socketPath, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end();
  });
}

function readOr(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function readdirOr(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Mulberry32: a small generator with a seed of 32 bits; uniform in [0, 1). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { times: { type: 'string' }, runtime: { type: 'string' }, seed: { type: 'string' } },
  });
  const { kills, wrong } = await killRuns({
    times: Number(values.times ?? 10),
    runtime: values.runtime ?? 'netns',
    seed: Number(values.seed ?? Date.now() % 2 ** 32),
    say: console.log,
  });
  const phases = [...new Set(kills.map(({ phase }) => phase))].map(
    (phase) => `${kills.filter((kill) => kill.phase === phase).length} ${phase}`,
  );
  console.log(`${kills.length} kills: ${phases.join(', ')}`);
  for (const text of wrong) console.error(text);
  console.log(wrong.length === 0 ? 'nothing was left behind' : `${wrong.length} problems`);
  process.exit(wrong.length === 0 ? 0 : 1);
}

import { join } from 'node:path';
import type { LoadResult } from '../../model/journal.ts';
import { saysNoPort } from '../../model/no-port-message.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { missTracepoint, type PortMissWatch, watchPortMisses } from '../../probe/port-misses.ts';
import { splitCommandLine } from '../../program/command-line.ts';
import { Family } from '../../program/family.ts';
import { askVersion, fileDigests } from '../../program/program-identity.ts';
import { type ProgramEnd, ProgramRun } from '../../program/program-run.ts';
import { workingFolder } from '../../program/working-folder.ts';
import type { NeededFile } from '../../rights/program-rights.ts';
import { noLatencies } from '../counts.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { KernelCount, kernelBlindSpot } from '../kernel-counts.ts';
import { clientFiles, clientsFolder } from './clients-folder.ts';
import { clientEnvironment, fillIn } from './command-line.ts';
import { Gauges } from './gauges.ts';
import { type ClientLine, parseClientLine } from './lines.ts';
import { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { ownProgram, programTraits, tracesErrors } from './traits.ts';

/** This long after the load's time the program is asked to end … */
const graceMs = 800;
/** … and this long after that it is made to: within 2 s of the load's end it is gone. */
const killMs = 600;
/** Its own counts are passed on this often, however often it prints. */
const tickMs = 100;
/** A program that prints none is counted by its stack every so many ticks, and its work looked at. */
const ticksPerLook = 2;
/** Less CPU than this between two looks is no work: an idle runtime wakes now and then. */
const leastWorkMs = 0.1;
/** Messages that are kept. */
const keptMessages = 5;
/** clientEnvironment() gives it to the program, and so to all that it starts. */
const familyMark = 'TIMEWAIT_LAB_TARGETS=';

export const programEngine: Engine = {
  traits: programTraits,
  // A trace of its calls sees more than the tracepoint does.
  async start(run) {
    const clients = clientsFolder();
    const [command = '', ...args] = splitCommandLine(String(run.load.parameters.command)).map((word) =>
      fillIn(word, run.targets, run.load.path, clients),
    );
    const file = command === ownProgram ? ownProgramFile() : command;
    const ownFiles: NeededFile[] =
      command === ownProgram ? [{ path: file, as: 'program' }] : clientFiles(args, clients);
    // Before the load, so that neither takes any of its time.
    const cwd = workingFolder(run.load.parameters.folder, process.cwd());
    const files = fileDigests([file, ...args], cwd);
    const version = await askVersion(file, cwd);
    const misses = tracesErrors(run.load) ? null : await watchPortMisses();
    return new ProgramLoad(run, { command, file, args, ownFiles, cwd, files, version }, misses);
  },
};

interface Program {
  /** As it was given. */
  command: string;
  /** The executable. */
  file: string;
  args: readonly string[];
  /** Files of the lab's own among them. */
  ownFiles: readonly NeededFile[];
  cwd: string;
  files: Record<string, string>;
  version: string | null;
}

/** One program as a load. However it ends, what its stack did until then is the result: the verdict is not made here. */
class ProgramLoad implements RunningLoad {
  readonly result: Promise<LoadResult>;
  private readonly run: EngineRun;
  private readonly own: Program;
  private readonly startedAt = monotonicMs();
  private readonly kernel: KernelCount;
  private readonly tally = new Tally();
  private readonly gauges = new Gauges();
  private readonly family = new Family(familyMark);
  private readonly trace: Trace | null;
  private readonly misses: PortMissWatch | null;
  private readonly program: ProgramRun;
  private lastAt = this.startedAt;
  private invalid: { count: number; first: string } | null = null;
  private messages = 0;
  private onEndLine: (line: Extract<ClientLine, { type: 'end' }>) => void = () => {};

  constructor(run: EngineRun, own: Program, misses: PortMissWatch | null) {
    this.run = run;
    this.own = own;
    this.kernel = new KernelCount(run);
    this.misses = misses;
    const { load } = run;
    const { command, file, args, ownFiles, cwd, files } = own;
    this.trace = tracesErrors(load) ? new Trace() : null;
    run.onProgram({
      is: 'start',
      command: [command, ...args],
      files,
      ...(this.trace && { tracedBy: this.trace.by }),
      ...(misses && { watchedBy: missTracepoint }),
    });
    this.program = new ProgramRun({
      name: 'client',
      cwd,
      command: file,
      args,
      ...(ownFiles.length > 0 && { ownFiles }),
      ...(this.trace !== null && { tracer: this.trace.wrap }),
      env: clientEnvironment(load, run.targets),
      family: this.family,
      onBusy: run.onBusy,
      onLine: (text) => {
        if (!this.readCounts(text)) this.heed(text);
      },
      onErrorLine: (text) => this.heed(text),
    });
    let ticks = 0;
    const ticker = setInterval(() => {
      this.report();
      if (++ticks % ticksPerLook === 0) this.look();
    }, tickMs);
    this.program.stopAfter(load.durationMs + graceMs, 'SIGTERM', killMs);
    this.result = this.untilEnd().finally(() => {
      clearInterval(ticker);
      this.trace?.close();
      this.misses?.close();
    });
  }

  stop(): void {
    this.program.stop('SIGTERM', killMs);
  }

  private async untilEnd(): Promise<LoadResult> {
    // A program that says it has ended its load stays, with its connections, until the peer ends.
    const said = new Promise<Extract<ClientLine, { type: 'end' }>>((resolve) => {
      this.onEndLine = resolve;
    });
    const first = await Promise.race([said, this.program.ended]);
    this.report();
    this.look();
    if ('type' in first) {
      this.program.release();
      return this.resultAt(monotonicMs(), first);
    }
    this.ended(first);
    return this.resultAt(first.at, null);
  }

  private ended({ code, signal, isOurs }: ProgramEnd): void {
    this.run.onProgram({
      is: 'end',
      code,
      signal,
      isOurs,
      messages: this.messages,
      lastLines: this.program.lastLines(),
      cpuMs: this.program.cpuMs(),
    });
  }

  private heed(text: string): void {
    if (!saysNoPort(text)) return;
    this.messages++;
    if (this.messages <= keptMessages) this.run.onProgram({ is: 'message', text: text.slice(0, 500) });
  }

  /** Whether the line has counts: its errnos are counted, and are no message. */
  private readCounts(text: string): boolean {
    const line = parseClientLine(text);
    if (line === 'invalid') {
      this.invalid = { first: text.slice(0, 200), ...this.invalid, count: (this.invalid?.count ?? 0) + 1 };
    } else if (line?.type === 'interval') this.tally.add(line, monotonicMs());
    else if (line?.type === 'gauge') this.gauges.add(line.values);
    else if (line?.type === 'end') this.onEndLine(line);
    return line !== null && line !== 'invalid';
  }

  private report(): void {
    const values = this.gauges.take();
    if (values !== null) this.run.onGauge(values);
    const counts = this.tally.take();
    if (counts === null) return;
    const at = monotonicMs();
    this.run.onInterval({ ...noLatencies, ...counts, at, intervalMs: at - this.lastAt });
    this.lastAt = at;
  }

  private look(): void {
    const traced = this.trace?.take() ?? null;
    if (!this.tally.hasCounts) {
      const failures =
        this.trace === null
          ? null
          : (traced ?? []).map(({ errno, syscall, count }) => ({ errno, phase: syscall, count }));
      this.run.onInterval({ ...this.kernel.interval(), failures });
    }
    const misses = this.misses?.take() ?? null;
    if (misses !== null) this.run.onProgram({ is: 'port-misses', ...misses });
    if (traced !== null) this.run.onProgram({ is: 'traced', failures: traced });
    if (this.family.workedMs() >= leastWorkMs) this.run.onProgram({ is: 'active', cpuMs: this.program.cpuMs() ?? 0 });
  }

  /** What nobody sees of its failed calls. */
  private unseen(): string[] {
    if (this.trace !== null) return [];
    return [this.misses === null ? kernelBlindSpot : portsOnly];
  }

  private resultAt(endedAt: number, line: Extract<ClientLine, { type: 'end' }> | null): LoadResult {
    const { invalid } = this;
    const rest = {
      ...noLatencies,
      startedAt: this.startedAt,
      endedAt,
      transport: this.own.command,
      engineVersion: line?.version ?? this.own.version,
      cpuMs: this.program.cpuMs(),
    };
    const said =
      invalid === null ? [] : [`${invalid.count} lines of its counts were not valid, the first: ${invalid.first}`];
    if (this.tally.hasCounts) {
      return { ...rest, ...this.tally.totals(), requestLatencyUs: line?.requestLatencyUs ?? null, blindSpots: said };
    }
    const seen = this.trace?.totals() ?? { failures: null, firstFailures: [] };
    const blindSpots = [...said, printsNone, ...this.unseen()];
    return { ...rest, ...this.kernel.total(), ...seen, countedBy: 'kernel', blindSpots };
  }
}

const portsOnly = 'a connect() without a free port is counted (see exhaustion); which other calls fail is not seen';
const printsNone = 'the program prints no counts: its connections are taken from the kernel, answers are not seen';

function ownProgramFile(): string {
  return join(process.env.TIMEWAIT_LAB_PROGRAMS ?? __dirname, ownProgram);
}

import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { brokenGateLines, checkGates, firstProfileBaseline, readGates } from '../analysis/gates/gate.ts';
import { type Interruption, onInterruption } from '../cli/interruption.ts';
import { openLog } from '../cli/log.ts';
import { showProgress } from '../cli/progress.ts';
import { readNamedFile } from '../cli/report-files.ts';
import { needInstalled } from '../cli/requirements.ts';
import { readScenarioArguments, type ScenarioArguments } from '../cli/scenario-arguments.ts';
import { formatIssues, printReport, writeReports, writeStepSummary } from '../cli/write-reports.ts';
import { type ExitCode, exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Gate, GateResult } from '../model/gates.ts';
import { journalVersion } from '../model/journal.ts';
import type { Report } from '../model/report.ts';
import { plan } from '../plan/plan.ts';
import { monotonicMs } from '../probe/clock.ts';
import { readMachine } from '../probe/host.ts';
import { GateWatch } from '../run/gate-watch.ts';
import { Journal } from '../run/journal.ts';
import { readRunFolder } from '../run/run-reader.ts';
import { runCells } from '../run/scheduler.ts';
import { openRuntime, runtimeChoices } from '../runtime/open-runtime.ts';
import type { SubnetClaim } from '../runtime/runtime.ts';

export interface ScenarioOptions extends ScenarioArguments {
  out?: string | undefined;
  json: boolean;
  /** Gates file. */
  gate?: string | undefined;
  /** False: exit code 0 whatever expectations and gates say. */
  fail: boolean;
  formats: readonly string[];
  logLevel: string;
}

/** Runs scenarios: words → cells → runtime → journal → reports. Resolves with the exit code. */
export async function scenarioCommand(options: ScenarioOptions, command: string[]): Promise<ExitCode> {
  const { input, issues } = readScenarioArguments(options, { scenarios, profiles, runtimes: runtimeChoices });
  // Everything that can be objected to without this machine, before anything of it is touched.
  const form = options.quick ? 'quick' : 'full';
  const planInput = {
    scenarios: input.scenarios,
    profiles,
    ...(input.profileNames && { profileNames: input.profileNames }),
    repetitions: input.repetitions,
    form,
    overrides: input.overrides,
  } as const;
  const dry = plan({ ...planInput, settable: null });
  if (!dry.ok) issues.push(...dry.issues);
  issues.push(...formatIssues(options.formats));
  const gates = await gatesOf(options.gate, issues);
  if (issues.length > 0) throw validationError(issues);

  const say = (text: string) => process.stderr.write(`${text}\n`);
  const runtime = await openRuntime(input.runtime, say);
  let claim: SubnetClaim | undefined;
  try {
    const present = (await runtime.components?.()) ?? null;
    needInstalled(input.scenarios, present, runtime.name);
    const leftovers = await runtime.removeLeftovers();
    for (const line of leftovers.removed) say(`removed a leftover: ${line}`);
    for (const line of leftovers.left) say(`could not remove a leftover: ${line}`);
    const keys = dry.ok ? dry.cells.flatMap((cell) => cell.peers.flatMap((peer) => Object.keys(peer.sysctls))) : [];
    const settable = await runtime.settableSysctls([...new Set(keys)]);
    const runId = newRunId();
    claim = await runtime.claimSubnets?.(runId);
    const planned = plan({ ...planInput, settable, present, runtime: runtime.name, ...(claim && { subnets: claim }) });
    if (!planned.ok) throw validationError(planned.issues);

    const out = options.out ?? join('results', runId);
    const journal = new Journal(out);
    const watch = new GateWatch(gates, journal);
    const log = await openLog(options.logLevel);
    const interruption = onInterruption();
    // Every cell listens, several times, while it runs.
    setMaxListeners(0, interruption.signal);
    const progress = showProgress(journal, planned.cells, input.parallel, process.stderr);
    const runStartedAt = monotonicMs();
    const facts = await runtime.facts();
    journal.write({
      type: 'run',
      journalVersion,
      id: runId,
      startedAt: new Date().toISOString(),
      command,
      gitSha: await gitSha(),
      form,
      host: {
        ...readMachine(),
        runtime: runtime.name,
        privilege: facts.privilege,
        versions: { node: process.version, ...facts.versions },
      },
      cells: planned.cells.map((cell) => cell.id),
    });
    const context = {
      runtime,
      journal,
      runId,
      runStartedAt,
      signal: interruption.signal,
      samplesHz: input.samplesHz,
      loadSignal: (cell: string) => watch.loadSignal(cell),
      log,
    };
    await runCells(planned.cells, input.parallel, context, cpus().length);
    journal.write({ type: 'run-end', t: monotonicMs() - runStartedAt, interrupted: interruption.signal.aborted });
    progress.stop();
    journal.close();
    // Read again from the file: while a run goes on nothing of it is held, however long it is.
    const { report, view } = (await readRunFolder(out)).result();
    await writeReports(out, view, options.formats);
    await writeStepSummary(view);
    printReport(view, { json: options.json, out });
    const results = checkGates(gates, report.cells, firstProfileBaseline(report.cells));
    for (const line of brokenGateLines(results)) process.stderr.write(`${line}\n`);
    const code = exitCodeOf(report, results, interruption);
    return code === exitCode.notHeld && !options.fail ? exitCode.ok : code;
  } finally {
    await claim?.release();
    await runtime.close();
  }
}

/** Gates of the file, if one was named; its issues join the others. */
async function gatesOf(file: string | undefined, issues: ValidationIssue[]): Promise<Gate[]> {
  if (file === undefined) return [];
  try {
    return readGates(await readNamedFile(file, 'the gates'), file);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    issues.push(...error.issues);
    return [];
  }
}

/** failed or invalid cells go before broken expectations; an interruption goes before both. */
function exitCodeOf(report: Report, gates: readonly GateResult[], interruption: Interruption): ExitCode {
  if (interruption.exitCode !== null) return interruption.exitCode;
  const verdicts = report.cells.map((cell) => cell.verdict);
  if (verdicts.includes('failed') || verdicts.includes('invalid')) return exitCode.cellFailed;
  const broken = report.cells.some((cell) => 'expectations' in cell && cell.expectations.some((one) => !one.holds));
  return broken || gates.some((gate) => gate.state === 'broken') ? exitCode.notHeld : exitCode.ok;
}

/** Time first, so that folders sort; random bits, so that two runs of one second differ. */
function newRunId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*$/g, '')
    .replace('T', '-');
  return `${time}-${randomBytes(2).toString('hex')}`;
}

/** Commit of the checkout, `null` outside of one. */
async function gitSha(): Promise<string | null> {
  try {
    const { stdout } = await execa('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname });
    return stdout.trim();
  } catch {
    return null;
  }
}

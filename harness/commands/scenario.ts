import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { profiles as ownProfiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { readGates } from '../analysis/gates/gate.ts';
import { type GateTarget, gateIssuesForCells, plannedTargets } from '../analysis/gates/gate-issues.ts';
import { exitCodeOf } from '../cli/exit-code-of.ts';
import { explanation } from '../cli/explanation.ts';
import { fleetOfRun } from '../cli/fleet-arguments.ts';
import { onInterruption } from '../cli/interruption.ts';
import { labVersion } from '../cli/lab-version.ts';
import { openLog } from '../cli/log.ts';
import { planNotes } from '../cli/plan-notes.ts';
import { readProfileFiles } from '../cli/profile-files.ts';
import { planLine, progressOn } from '../cli/progress.ts';
import { readNamedFile } from '../cli/report-files.ts';
import { needInstalled, needPrograms } from '../cli/requirements.ts';
import { runFolderIssues } from '../cli/run-folder.ts';
import { readScenarioArguments, type ScenarioArguments } from '../cli/scenario-arguments.ts';
import { readScenarioFiles } from '../cli/scenario-files.ts';
import { formatIssues, printReport, writeReports, writeStepSummary } from '../cli/write-reports.ts';
import type { CellPlan } from '../model/cell.ts';
import { type ExitCode, exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Gate } from '../model/gates.ts';
import { labCommand } from '../model/lab-command.ts';
import { plainText } from '../model/plain-text.ts';
import { plan } from '../plan/plan.ts';
import { readCounterNames } from '../probe/counter-names.ts';
import { readListeners } from '../probe/listeners.ts';
import { readSysctlKeys } from '../probe/sysctl-keys.ts';
import { removeLeftTemporary } from '../probe/temporary.ts';

import type { ReportView } from '../report/view.ts';
import { forecastMs } from '../run/forecast.ts';
import { runLab } from '../run/lab-run.ts';
import { newRunId } from '../run/run-id.ts';
import type { Parallel } from '../run/scheduler.ts';
import { closeRuntime } from '../runtime/close-runtime.ts';
import { packageRoot } from '../runtime/docker/image-plan.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { runtimes } from '../runtime/registry.ts';

export interface ScenarioOptions extends ScenarioArguments {
  out?: string | undefined;
  json: boolean;
  /** Print what would run, and run nothing. */
  explain: boolean;
  /** All figures in the terminal, not only the summary. */
  verbose: boolean;
  /** Gates file. */
  gate?: string | undefined;
  /** False: exit code 0 even if expectations or gates do not hold. */
  fail: boolean;
  formats: readonly string[];
  /** Programs under test keep the lab's own rights. */
  asRoot: boolean;
  logLevel: string;
  /** --hosts, --place and --insecure-tcp, for the runtime that spans several machines. */
  hosts?: string | undefined;
  place?: string | undefined;
  /** A scenario file of another user may name programs. */
  allowCommands?: boolean | undefined;
  insecureTcp?: boolean | undefined;
}

/** Runs scenarios: arguments → plan → runtime → run → reports. Resolves with the exit code. */
export async function scenarioCommand(options: ScenarioOptions, command: string[]): Promise<ExitCode> {
  const id = newRunId();
  const out = options.out ?? join('results', id);
  const { input, planned, cells, effective, gates, fleet } = await readEverything(options, out);
  if (options.explain) return explain(cells, input.parallel);
  const say = (text: string) => process.stderr.write(`${plainText(text)}\n`);
  const runtime = await openRuntime(input.runtime, {
    say,
    scenarios: effective,
    fleet: fleet ?? undefined,
    asRoot: options.asRoot,
  });
  try {
    needInstalled(input.scenarios, (await runtime.components?.()) ?? null, runtime);
    await needPrograms(effective, runtime);
    for (const { removed, left } of [await runtime.removeLeftovers(), removeLeftTemporary()]) {
      for (const line of removed) say(`removed a leftover: ${line}`);
      for (const line of left) say(`could not remove a leftover: ${line}`);
    }
    const interruption = onInterruption();
    const progress = progressOn(process.stderr, options.verbose);
    const { report, view, lost } = await runLab({
      id,
      out,
      plan: planned,
      runtime,
      gates,
      parallel: input.parallel,
      samplesHz: input.samplesHz,
      signal: interruption.signal,
      observers: [progress, { onPlanned: (cells) => planNotes(cells).forEach(say) }],
      command,
      labVersion,
      gitSha: await gitSha(),
      log: await openLog(options.logLevel),
    }).finally(() => progress.stop());
    const unwritten = await filesWritten(out, view, options.formats);
    const found = interruption.exitCode ?? exitCodeOf(report);
    const code = found === exitCode.notHeld && !options.fail ? exitCode.ok : found;
    printReport(view, { json: options.json, verbose: options.verbose, out, exitCode: code });
    // What was measured is on the terminal by now.
    if (lost !== null || unwritten !== null) throw lost ?? unwritten;
    if (code === exitCode.unavailable) say('nothing was measured: every cell was skipped');
    return code;
  } finally {
    await closeRuntime(runtime, say);
  }
}

/** Prints what would run. Nothing is written or started. */
function explain(cells: readonly CellPlan[], parallel: Parallel): ExitCode {
  const expectedMs = forecastMs(cells, parallel, availableParallelism());
  const lines = [...explanation(cells), '', planLine(cells, expectedMs, new Date())];
  process.stdout.write(`${lines.map(plainText).join('\n')}\n`);
  return exitCode.ok;
}

/** Writes the report files; resolves with the reason if they cannot be written (exit 4; exit 2: OUT_NOT_EMPTY). */
async function filesWritten(out: string, view: ReportView, formats: readonly string[]): Promise<HarnessError | null> {
  try {
    await writeReports(out, view, { formats, replace: false });
    await writeStepSummary(view);
    return null;
  } catch (error) {
    if (error instanceof HarnessError) return error;
    const hint = `when it can be written again, '${labCommand('report', out)}' writes the reports`;
    return new HarnessError('REPORTS_NOT_WRITTEN', `cannot write the reports to ${out}`, { hint, cause: error });
  }
}

/** Checks everything that does not depend on this machine, at once, before anything is changed. Errors: exit 2. */
async function readEverything(options: ScenarioOptions, out: string) {
  const sysctlKeys = readSysctlKeys();
  const fileIssues: ValidationIssue[] = [];
  const place = { present: sysctlKeys, listeners: await readListeners() };
  const named = await readProfileFiles(options.profiles, place, fileIssues);
  const taken = scenarios.map((scenario) => scenario.name);
  const takenProfiles = [...ownProfiles, ...named.profiles].map((profile) => profile.name);
  const fileOptions = { place, taken, takenProfiles, allowCommands: options.allowCommands === true };
  const files = await readScenarioFiles(options.names, fileOptions, fileIssues);
  const profiles = [...ownProfiles, ...named.profiles, ...files.profiles];
  const known = { scenarios: [...scenarios, ...files.scenarios], profiles, runtimes, sysctlKeys };
  // A file that could not be read is an issue already: no second one for a missing name.
  const hasUnreadFile = files.names.length < options.names.length;
  const given = { ...options, names: files.names, hasUnreadFile, profiles: named.text };
  const { input, issues } = readScenarioArguments(given, known);
  issues.unshift(...fileIssues);
  const planned = {
    scenarios: input.scenarios,
    profiles,
    ...(input.profileNames && { profileNames: input.profileNames }),
    repetitions: input.repetitions,
    form: options.quick ? ('quick' as const) : ('full' as const),
    overrides: input.overrides,
    runtimes,
    sysctlKeys,
  };
  const dry = plan({ ...planned, settable: null });
  if (!dry.ok) issues.push(...files.inFiles(dry.issues));
  issues.push(...formatIssues(options.formats), ...(await runFolderIssues(out, options.formats)));
  const gates = await gatesOf(options.gate, dry.ok ? plannedTargets(dry.cells) : [], issues);
  const effective = dry.ok ? dry.cells.map((cell) => cell.scenario) : [];
  const roles = new Set(
    dry.ok ? dry.cells.flatMap((cell) => cell.peers.flatMap(({ kind, role }) => [kind, role])) : [],
  );
  const fleet = fleetOfRun(options, roles, issues);
  if (issues.length > 0) throw validationError(issues);
  return { input, planned, cells: dry.ok ? dry.cells : [], effective, gates, fleet };
}

/** Gates of the file, if one was named; its issues are added to the others. */
async function gatesOf(
  file: string | undefined,
  targets: readonly GateTarget[],
  issues: ValidationIssue[],
): Promise<Gate[]> {
  if (file === undefined) return [];
  try {
    const gates = readGates(await readNamedFile(file, 'the gates'), file);
    // Without cells, because of other issues, the filters cannot be checked.
    if (targets.length > 0) issues.push(...gateIssuesForCells(gates, targets, file, readCounterNames()));
    return gates;
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    issues.push(...error.issues);
    return [];
  }
}

/** Commit of the lab's own checkout; `null` if it is installed, even inside the caller's own repository. */
async function gitSha(): Promise<string | null> {
  try {
    const { stdout } = await execa('git', [`--git-dir=${join(packageRoot(), '.git')}`, 'rev-parse', 'HEAD']);
    return stdout.trim();
  } catch {
    return null;
  }
}

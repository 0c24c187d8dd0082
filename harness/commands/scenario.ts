import { join } from 'node:path';
import { execa } from 'execa';
import { profiles as ownProfiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { readGates } from '../analysis/gates/gate.ts';
import { type GateTarget, gateIssuesForCells, plannedTargets } from '../analysis/gates/gate-issues.ts';
import { exitCodeOf } from '../cli/exit-code-of.ts';
import { onInterruption } from '../cli/interruption.ts';
import { labVersion } from '../cli/lab-version.ts';
import { openLog } from '../cli/log.ts';
import { planNotes } from '../cli/plan-notes.ts';
import { readProfileFiles } from '../cli/profile-files.ts';
import { progressOn } from '../cli/progress.ts';
import { readNamedFile } from '../cli/report-files.ts';
import { needInstalled, needPrograms } from '../cli/requirements.ts';
import { runFolderIssues } from '../cli/run-folder.ts';
import { readScenarioArguments, type ScenarioArguments } from '../cli/scenario-arguments.ts';
import { formatIssues, printReport, writeReports, writeStepSummary } from '../cli/write-reports.ts';
import { type ExitCode, exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Gate } from '../model/gates.ts';
import { plan } from '../plan/plan.ts';
import { readCounterNames } from '../probe/counter-names.ts';
import { readListeners } from '../probe/listeners.ts';
import { readSysctlKeys } from '../probe/sysctl-keys.ts';
import { runLab } from '../run/lab-run.ts';
import { newRunId } from '../run/run-id.ts';
import { closeRuntime } from '../runtime/close-runtime.ts';
import { packageRoot } from '../runtime/docker/image-plan.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { runtimes } from '../runtime/registry.ts';

export interface ScenarioOptions extends ScenarioArguments {
  out?: string | undefined;
  json: boolean;
  /** All figures in the terminal, not only the summary. */
  verbose: boolean;
  /** Gates file. */
  gate?: string | undefined;
  /** False: exit code 0 even if expectations or gates do not hold. */
  fail: boolean;
  formats: readonly string[];
  logLevel: string;
}

/** Runs scenarios: arguments → plan → runtime → run → reports. Resolves with the exit code. */
export async function scenarioCommand(options: ScenarioOptions, command: string[]): Promise<ExitCode> {
  const id = newRunId();
  const out = options.out ?? join('results', id);
  const { input, planned, effective, gates } = await readEverything(options, out);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const runtime = await openRuntime(input.runtime, { say, scenarios: effective });
  try {
    needInstalled(input.scenarios, (await runtime.components?.()) ?? null, runtime);
    needPrograms(effective, runtime);
    const { removed, left } = await runtime.removeLeftovers();
    for (const line of removed) say(`removed a leftover: ${line}`);
    for (const line of left) say(`could not remove a leftover: ${line}`);
    const interruption = onInterruption();
    const progress = progressOn(process.stderr);
    const { report, view } = await runLab({
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
    await writeReports(out, view, { formats: options.formats, replace: false });
    await writeStepSummary(view);
    const found = interruption.exitCode ?? exitCodeOf(report);
    const code = found === exitCode.notHeld && !options.fail ? exitCode.ok : found;
    printReport(view, { json: options.json, verbose: options.verbose, out, exitCode: code });
    if (code === exitCode.unavailable) say('nothing was measured: every cell was skipped');
    return code;
  } finally {
    await closeRuntime(runtime, say);
  }
}

/** Checks everything that does not depend on this machine, at once, before anything is changed. Errors: exit 2. */
async function readEverything(options: ScenarioOptions, out: string) {
  const sysctlKeys = readSysctlKeys();
  const fileIssues: ValidationIssue[] = [];
  const place = { present: sysctlKeys, listeners: await readListeners() };
  const named = await readProfileFiles(options.profiles, place, fileIssues);
  const profiles = [...ownProfiles, ...named.profiles];
  const known = { scenarios, profiles, runtimes, sysctlKeys };
  const { input, issues } = readScenarioArguments({ ...options, profiles: named.text }, known);
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
  if (!dry.ok) issues.push(...dry.issues);
  issues.push(...formatIssues(options.formats), ...(await runFolderIssues(out, options.formats)));
  const gates = await gatesOf(options.gate, dry.ok ? plannedTargets(dry.cells) : [], issues);
  if (issues.length > 0) throw validationError(issues);
  const effective = dry.ok ? dry.cells.map((cell) => cell.scenario) : [];
  return { input, planned, effective, gates };
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

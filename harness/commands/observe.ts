import { checkObservation, readObservationGates } from '../analysis/observation/check-observation.ts';
import { rehearsalOf } from '../analysis/observation/rehearsal.ts';
import { onInterruption } from '../cli/interruption.ts';
import { labVersion } from '../cli/lab-version.ts';
import { listenAddress } from '../cli/listen-address.ts';
import { serveMetrics } from '../cli/metrics-endpoint.ts';
import { folderIssues, reportNames, savedNames, writeObservation, writeRehearsal } from '../cli/observation-files.ts';
import { readNamedFile } from '../cli/report-files.ts';
import { type ExitCode, exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import { duration, figure } from '../model/figure.ts';
import type { Gate, GateResult } from '../model/gates.ts';
import { shortened } from '../model/nearest.ts';
import type { Observation, ObservedDestination } from '../model/observation.ts';
import { containerPid } from '../observe/container.ts';
import { Observer } from '../observe/observe.ts';
import { openTarget, type TargetArguments, targetIssues } from '../observe/target.ts';
import { observationOpenMetrics } from '../report/machine/observation-openmetrics.ts';
import { observationText } from '../report/text/observation-text.ts';

export interface ObserveArguments extends TargetArguments {
  /** Absent: 10 s, or as long as it takes to stay below 1 % of a core. */
  for?: string | undefined;
  watch: boolean;
  sort: string;
  save?: string | undefined;
  out?: string | undefined;
  gate?: string | undefined;
  /** False for --no-fail. */
  fail: boolean;
  listen?: string | undefined;
  format: string;
  json: boolean;
}

/** `observe`: how near a live network stack is to running out of ports, who is responsible, and what to do. Reads only. */
export async function observeCommand(args: ObserveArguments): Promise<ExitCode> {
  const plan = await planOf(args);
  const interruption = onInterruption(process, undefined, 'ending the observation with what was read');
  const target = await openTarget(args, containerPid);
  let latest: string | null = null;
  const endpoint = plan.listen === null ? null : await serveMetrics(plan.listen, () => latest);
  try {
    const observer = new Observer(target);
    const repeats = args.watch || endpoint !== null;
    for (;;) {
      const observation = await observer.observe({
        ...{ forMs: plan.forMs, mayBeLonger: args.for === undefined, onLonger: sayLonger },
        ...{ lab: labVersion, signal: interruption.signal },
      });
      latest = observationOpenMetrics(observation);
      const gates = checkObservation(plan.gates, observation);
      if (endpoint === null) print(observation, gates, args);
      if (repeats && interruption.exitCode === null) continue;
      if (args.out !== undefined) writeObservation(args.out, observation, gates);
      if (args.save !== undefined) save(args.save, observation);
      if (interruption.exitCode !== null) return interruption.exitCode;
      const isBroken = args.fail && gates.some(({ state }) => state === 'broken');
      return isBroken ? exitCode.notHeld : exitCode.ok;
    }
  } finally {
    endpoint?.close();
    target.close();
  }
}

/** Everything that can be wrong with the command, before anything is read. */
async function planOf(args: ObserveArguments) {
  const issues: ValidationIssue[] = targetIssues(args);
  const forMs = readDuration(args.for ?? '10s', issues);
  const listen = args.listen === undefined ? null : listenAddress(args.listen, issues);
  issues.push(...(await folderIssues('--out', args.out, reportNames)));
  issues.push(...(await folderIssues('--save', args.save, savedNames)));
  let gates: Gate[] = [];
  try {
    if (args.gate !== undefined) {
      gates = readObservationGates(await readNamedFile(args.gate, 'the gates'), args.gate);
    }
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    issues.push(...error.issues);
  }
  if (issues.length > 0 || forMs === null) throw validationError(issues);
  return { forMs, listen, gates };
}

function sayLonger(ms: number, sockets: number): void {
  process.stderr.write(
    `${figure(sockets)} sockets: observing for ${duration(ms)}, so that it takes less than 1 % of a core; --for sets the time\n`,
  );
}

function print(
  observation: Observation,
  gates: readonly GateResult[],
  { json, format, watch, sort }: ObserveArguments,
): void {
  for (const { gate, state, observed } of gates) {
    if (state === 'broken') process.stderr.write(`gate broken: ${gate}: ${observed}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify(observation)}\n`);
  else if (format === 'openmetrics') process.stdout.write(observationOpenMetrics(observation));
  else {
    // A live table replaces the one before; without a terminal the observations follow each other.
    const clear = watch && process.stdout.isTTY === true ? '\u001b[H\u001b[2J' : '';
    process.stdout.write(`${clear}${observationText(sorted(observation, sort))}${watch && clear === '' ? '\n' : ''}`);
  }
}

function sorted(observation: Observation, by: string): Observation {
  const key = (one: ObservedDestination) =>
    by === 'rate' ? (one.openedPerSec ?? 0) : by === 'time-wait' ? (one.states.TIME_WAIT ?? 0) : (one.share ?? 0);
  return { ...observation, destinations: [...observation.destinations].sort((a, b) => key(b) - key(a)) };
}

function save(folder: string, observation: Observation): void {
  const rehearsal = rehearsalOf(observation);
  if (rehearsal === null) {
    throw new HarnessError(
      'NOTHING_TO_SAVE',
      'no destination gets 0.5 connections a second or more: there is no load to save',
      {
        exitCode: exitCode.unavailable,
        hint: 'observe while the load runs, or longer with --for 60s',
      },
    );
  }
  writeRehearsal(folder, rehearsal);
  process.stderr.write(`saved: ${folder}/scenario.yml and ${folder}/profile.conf\n`);
}

function readDuration(text: string, issues: ValidationIssue[]): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's'] as number;
  const ms = Number(match?.[1]) * unit;
  if (ms >= 1000 && ms <= 24 * 3_600_000) return ms;
  issues.push({
    field: '--for',
    message: `'${shortened(text)}' is not a duration from 1s to 24h`,
    hint: 'such as 30s',
  });
  return null;
}

import { checkObservation, readObservationGates } from '../analysis/observation/check-observation.ts';
import { compareObservations } from '../analysis/observation/compare-observations.ts';
import { type ExitCode, exitCode, validationError } from '../model/errors.ts';
import type { Observation } from '../model/observation.ts';
import { observationComparisonText } from '../report/text/observation-comparison.ts';
import { readNamedFile } from './report-files.ts';

/** Options of `compare` that are about repeated cells, which observations are not. */
const forRuns = ['pool', 'calibrate', 'noiseFloor', 'minEffect', 'alpha'] as const;

interface Arguments extends Partial<Record<(typeof forRuns)[number], unknown>> {
  runs: readonly string[];
  gate?: string | undefined;
  fail: boolean;
  format: 'terminal' | 'markdown' | 'json';
}

/** `compare` of observations: every later one against the first. A worse verdict or a broken gate is exit code 1. */
export async function compareObserved(args: Arguments, observations: readonly Observation[]): Promise<ExitCode> {
  const issues = forRuns
    .filter((name) => args[name] !== undefined && args[name] !== false)
    .map((name) => ({
      field: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      message: 'is for runs, not for observations',
      hint: 'leave it out',
    }));
  if (issues.length > 0) throw validationError(issues);
  const gates =
    args.gate === undefined ? [] : readObservationGates(await readNamedFile(args.gate, 'the gates'), args.gate);
  const [base, ...others] = observations as [Observation, ...Observation[]];
  const compared = others.map((one, i) => ({
    base: args.runs[0] ?? '',
    value: args.runs[i + 1] ?? '',
    ...compareObservations(base, one),
    gates: checkObservation(gates, one, base),
  }));
  if (args.format === 'json') process.stdout.write(`${JSON.stringify({ observations: compared }, null, 1)}\n`);
  else {
    const texts = compared.map((one) => observationComparisonText(one.base, one.value, one)).join('\n');
    process.stdout.write(args.format === 'markdown' ? `\`\`\`\n${texts}\`\`\`\n` : texts);
  }
  const broken = compared.flatMap((one) => one.gates).filter(({ state }) => state === 'broken');
  for (const { gate, observed } of broken) process.stderr.write(`gate broken: ${gate}: ${observed}\n`);
  const regressed = compared.some(({ changes }) => changes.some(({ outcome }) => outcome === 'regressed'));
  return args.fail && (regressed || broken.length > 0) ? exitCode.notHeld : exitCode.ok;
}

import { onInterruption } from '../cli/interruption.ts';
import { labVersion } from '../cli/lab-version.ts';
import { type ExitCode, exitCode, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';
import { Observer } from '../observe/observe.ts';
import { openTarget, type TargetArguments, targetIssues } from '../observe/target.ts';
import { observationText } from '../report/text/observation-text.ts';

export interface ObserveArguments extends TargetArguments {
  for: string;
  json: boolean;
}

/** `observe`: how near a live network stack is to running out of ports, who is responsible, and what to do. Reads only. */
export async function observeCommand(args: ObserveArguments): Promise<ExitCode> {
  const issues: ValidationIssue[] = targetIssues(args);
  const forMs = readDuration(args.for, issues);
  if (issues.length > 0 || forMs === null) throw validationError(issues);
  const interruption = onInterruption();
  const target = await openTarget(args, containerPid);
  try {
    const observation = await new Observer(target).observe({ forMs, lab: labVersion, signal: interruption.signal });
    process.stdout.write(args.json ? `${JSON.stringify(observation)}\n` : observationText(observation));
    return interruption.exitCode ?? exitCode.ok;
  } finally {
    target.close();
  }
}

async function containerPid(): Promise<number> {
  throw new HarnessError('NOT_YET', 'containers');
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

import pc from 'picocolors';
import { doctorFindings, type Finding } from '../cli/doctor-findings.ts';
import { type FleetOptions, fleetOrThrow } from '../cli/fleet-arguments.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { readMachine } from '../probe/host.ts';
import { type RuntimeEntry, runtimes } from '../runtime/registry.ts';

/** What this machine can and cannot run, and how to fix it. Exit code 3 if no runtime works. */
export async function doctorCommand(
  options: { json: boolean } & FleetOptions,
  entries: readonly RuntimeEntry[] = runtimes,
): Promise<ExitCode> {
  const findings = await doctorFindings(entries, fleetOrThrow(options) ?? undefined);
  if (options.json) process.stdout.write(`${JSON.stringify({ machine: readMachine(), findings }, null, 1)}\n`);
  else print(findings);
  return findings.some(({ kind, works }) => kind === 'runtime' && works) ? exitCode.ok : exitCode.unavailable;
}

function print(findings: readonly Finding[]): void {
  const c = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);
  for (const { works, text, hint } of findings) {
    process.stdout.write(`${works ? c.green('✓') : c.red('✗')} ${text}\n`);
    if (hint !== undefined) process.stdout.write(`    ${c.dim(hint)}\n`);
  }
}

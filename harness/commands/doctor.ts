import pc from 'picocolors';
import { profiles } from '../../scenarios/profiles.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { readMachine } from '../probe/host.ts';
import { netnsRuntime } from '../runtime/netns/netns.ts';
import { chooseTransport } from '../sockets/choose.ts';

interface Finding {
  works: boolean;
  text: string;
  hint?: string | undefined;
}

/**
 * What this machine can and cannot run, and how to mend it. Exit code 0 when short-conn can run in some
 * runtime, 3 when none works.
 */
export async function doctorCommand(options: { json: boolean }): Promise<ExitCode> {
  const machine = readMachine();
  const runtime = netnsRuntime();
  try {
    const availability = await runtime.availability();
    const findings: Finding[] = [
      {
        works: true,
        text: `Linux ${machine.kernel ?? '(no Linux)'}, HZ ${machine.kernelHz ?? 'unknown'}, ${machine.cores} cores`,
      },
      { works: true, text: `Node ${process.version}, sockets by ${chooseTransport('auto').name}` },
      { works: availability.available, text: `runtime netns: ${availability.detail}`, hint: availability.hint },
    ];
    if (availability.available) findings.push(...(await settingFindings(runtime)));
    if (options.json) process.stdout.write(`${JSON.stringify({ machine, findings }, null, 1)}\n`);
    else print(findings);
    return availability.available ? exitCode.ok : exitCode.unavailable;
  } finally {
    await runtime.close();
  }
}

/** Which profiles this kernel can be given. */
async function settingFindings(runtime: ReturnType<typeof netnsRuntime>): Promise<Finding[]> {
  const keys = [...new Set(profiles.flatMap((profile) => Object.values(profile.sysctls).flatMap(Object.keys)))];
  const settable = (await runtime.settableSysctls(keys)) ?? new Set(keys);
  return profiles.map((profile) => {
    const missing = Object.values(profile.sysctls)
      .flatMap(Object.keys)
      .filter((key) => !settable.has(key));
    const works = missing.length === 0;
    return {
      works,
      text: `profile ${profile.name}${works ? '' : ': skipped'}`,
      hint: works ? undefined : (profile.skipReason ?? `this kernel has no ${missing.join(', ')} per namespace`),
    };
  });
}

function print(findings: readonly Finding[]): void {
  const c = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);
  for (const { works, text, hint } of findings) {
    process.stdout.write(`${works ? c.green('✓') : c.red('✗')} ${text}\n`);
    if (hint !== undefined) process.stdout.write(`    ${c.dim(hint)}\n`);
  }
}

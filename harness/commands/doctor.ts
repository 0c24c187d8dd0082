import pc from 'picocolors';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { probeComponents } from '../components/probe-components.ts';
import { components, installLine } from '../components/table.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { requirementsOf } from '../plan/requirements.ts';
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
    findings.push(await dockerFinding());
    findings.push(...componentFindings());
    if (availability.available) findings.push(...(await settingFindings(runtime)));
    if (options.json) process.stdout.write(`${JSON.stringify({ machine, findings }, null, 1)}\n`);
    else print(findings);
    const anyRuntime = findings.some(({ works, text }) => works && text.startsWith('runtime '));
    return anyRuntime ? exitCode.ok : exitCode.unavailable;
  } finally {
    await runtime.close();
  }
}

async function dockerFinding(): Promise<Finding> {
  const { dockerRuntime } = await import('../runtime/docker/docker.ts');
  const { available, detail, hint } = await dockerRuntime().availability();
  return { works: available, text: `runtime docker: ${detail}`, hint };
}

/** Real components that scenarios ask for, each with the line that installs it where it is missing. */
function componentFindings(): Finding[] {
  const present = probeComponents();
  return Object.entries(components).map(([name, component]) => {
    const needing = scenarios.filter((scenario) => requirementsOf(scenario).includes(name)).map((one) => one.name);
    const works = present.has(name);
    const hint = works ? undefined : (component.hint ?? installLine([name]));
    return { works, text: `component ${name}: for ${needing.join(', ')}${works ? '' : ', which are skipped'}`, hint };
  });
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

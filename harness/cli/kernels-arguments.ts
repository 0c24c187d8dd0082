import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { profiles as ownProfiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { type KernelRequest, readKernelNames } from '../kernels/kernel-names.ts';
import type { CellPlan } from '../model/cell.ts';
import { type ValidationIssue, validationError } from '../model/errors.ts';
import { plan } from '../plan/plan.ts';
import { readListeners } from '../probe/listeners.ts';
import { readSysctlKeys } from '../probe/sysctl-keys.ts';
import { strangersPart } from '../rights/safe-files.ts';
import { netnsTraits } from '../runtime/netns/traits.ts';
import { runtimes } from '../runtime/registry.ts';
import { readProfileFiles } from './profile-files.ts';
import { isThere } from './run-folder.ts';
import { readScenarioArguments } from './scenario-arguments.ts';

export interface KernelsArguments {
  names: string[];
  all: boolean;
  kernels: string;
  profiles?: string | undefined;
  quick: boolean;
  duration?: string | undefined;
  rate?: string | undefined;
  maxRate?: string | undefined;
  repeat?: string | undefined;
  sysctl: string[];
  out: string;
}

export interface KernelsInput {
  kernels: KernelRequest[];
  /** As planned for this machine, to forecast the time and the rate. */
  cells: CellPlan[];
  maxRate: number | undefined;
  /** The arguments of `scenario` for every column, without --out, --runtime and --max-rate. */
  scenarioArgs: string[];
}

/** Checks every argument before anything starts. Errors: every issue at once (exit 2). */
export async function readKernelsArguments(args: KernelsArguments): Promise<KernelsInput> {
  const { kernels, issues } = readKernelNames(args.kernels);
  for (const kernel of kernels) issues.push(...fileIssues(kernel));
  for (const { label } of kernels) {
    if (await isThere(resolve(args.out, label))) {
      const message = `${args.out} already contains a run under ${label}`;
      issues.push({ field: '--out', message, hint: 'choose another folder with --out DIR' });
    }
  }
  const sysctlKeys = readSysctlKeys();
  const place = { present: sysctlKeys, listeners: await readListeners() };
  const named = await readProfileFiles(args.profiles, place, issues);
  const profiles = [...ownProfiles, ...named.profiles];
  const given = { ...args, profiles: named.text, runtime: netnsTraits.name, serverEnv: [], clientEnv: [] };
  const read = readScenarioArguments(given, { scenarios, profiles, runtimes, sysctlKeys });
  issues.push(...read.issues);
  const { input } = read;
  const planned = plan({
    scenarios: input.scenarios,
    profiles,
    ...(input.profileNames && { profileNames: input.profileNames }),
    repetitions: input.repetitions,
    form: args.quick ? 'quick' : 'full',
    overrides: input.overrides,
    settable: null,
    runtimes,
    sysctlKeys,
  });
  if (!planned.ok) issues.push(...planned.issues);
  if (issues.length > 0 || !planned.ok) throw validationError(issues);
  return { kernels, cells: planned.cells, maxRate: input.overrides.maxRate, scenarioArgs: argumentsOf(args) };
}

function fileIssues(kernel: KernelRequest): ValidationIssue[] {
  if (kernel.kind !== 'file') return [];
  const field = '--kernels';
  const lack = (what: string) => ({ field, message: `${what} does not exist`, hint: './bzImage,modules=DIR' });
  const files = [kernel.image, ...(kernel.modules === null ? [] : [kernel.modules])];
  // The kernel inside reads every file of the host that QEMU's user can read.
  const others = (file: string) => ({
    field,
    message: `root does not boot ${file}: ${strangersPart(file)} belongs to another user, or all may write there`,
    hint: 'copy it to a folder of your own, or run the command as that user',
  });
  return files.flatMap((file) => {
    if (!existsSync(file)) return [lack(file)];
    return strangersPart(file) === null ? [] : [others(file)];
  });
}

function argumentsOf(args: KernelsArguments): string[] {
  const { names, all, profiles, quick, duration, rate, repeat, sysctl } = args;
  const option = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}=${value}`]);
  return [
    ...names,
    ...(all ? ['--all'] : []),
    ...(quick ? ['--quick'] : []),
    ...option('profiles', profiles),
    ...option('duration', duration),
    ...option('rate', rate),
    ...option('repeat', repeat),
    ...sysctl.flatMap((setting) => option('sysctl', setting)),
  ];
}

import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { components } from '../components/table.ts';
import { acceleratorsHere } from '../kernels/accelerator.ts';
import { kernelsInstallLine, missingKernelPackages } from '../kernels/prepare.ts';
import { causeText } from '../model/errors.ts';
import type { Profile } from '../model/scenario.ts';
import { requirementsOf } from '../plan/requirements.ts';
import { variantsOf } from '../plan/variant.ts';
import { readMachine } from '../probe/host.ts';
import { closeRuntime } from '../runtime/close-runtime.ts';
import type { RuntimeEntry } from '../runtime/registry.ts';
import type { Availability, Runtime } from '../runtime/runtime.ts';
import type { Fleet } from '../runtime/swarm/hosts.ts';
import { chooseTransport } from '../sockets/choose.ts';
import { podFindings } from './pod-finding.ts';

/** Result of one check. `kind` and `name` are for programs, `text` and `hint` for people. */
export interface Finding {
  kind: 'machine' | 'runtime' | 'component' | 'profile' | 'kernels';
  name: string;
  works: boolean;
  text: string;
  /** How to fix it; per runtime if there are several. */
  hint?: string;
}

/** Everything that decides what can run here: the machine, runtimes, components and profiles. Changes nothing. */
export async function doctorFindings(entries: readonly RuntimeEntry[], fleet?: Fleet): Promise<Finding[]> {
  const asked = await Promise.all(entries.map((entry) => examine(entry, fleet)));
  return [
    ...machineFindings(),
    ...podFindings(),
    ...runtimeFindings(asked),
    ...componentFindings(asked),
    ...profileFindings(asked),
    kernelsFinding(),
  ];
}

function machineFindings(): Finding[] {
  const { kernel, kernelHz, cores } = readMachine();
  const linux = `Linux ${kernel ?? '(not Linux)'}, HZ ${kernelHz ?? 'unknown'}, ${cores} cores`;
  return [
    finding('machine', 'kernel', true, linux),
    finding('machine', 'node', true, `Node ${process.version}, sockets by ${chooseTransport('auto').name}`),
  ];
}

/** Whether `kernels` can boot others here. Nothing is booted: how long that takes is what it took elsewhere. */
function kernelsFinding(): Finding {
  const missing = missingKernelPackages();
  const isFast = acceleratorsHere().includes('kvm');
  const how = isFast
    ? 'KVM'
    : 'no KVM, so the CPU is emulated: a boot takes 6 to 25 s, times and rates are not comparable';
  if (missing.length === 0) return finding('kernels', 'kernels', true, `other kernels: ${how}`);
  const text = `other kernels: not installed: ${missing.join(', ')} (${how})`;
  return finding('kernels', 'kernels', false, text, kernelsInstallLine);
}

/** Each runtime, and which one `auto` chooses for a scenario that all can run (runtime/choose.ts). */
function runtimeFindings(asked: readonly Examined[]): Finding[] {
  const available = asked.filter((one) => one.availability.available);
  const auto = available.find((one) => one.availability.preparation === undefined) ?? available[0];
  return asked.map((one) => {
    const { available, detail, hint } = one.availability;
    const text = `runtime ${one.name}: ${detail}${one === auto ? '; --runtime auto takes it' : ''}`;
    return finding('runtime', one.name, available, text, hint);
  });
}

/** A runtime's own answers. */
interface Examined {
  name: string;
  availability: Availability;
  explainMissing: Runtime['explainMissing'];
  /** `null`: not available, or it has every component. */
  present: ReadonlySet<string> | null;
  /** Of all keys of all profiles; `null`: not known before the start. */
  settable: ReadonlySet<string> | null;
}

async function examine(entry: RuntimeEntry, fleet: Fleet | undefined): Promise<Examined> {
  const runtime = await entry.load({ progress: () => {}, fleet });
  try {
    const availability = await runtime.availability();
    const { available, preparation } = availability;
    return {
      name: entry.name,
      availability,
      explainMissing: (requirements) => runtime.explainMissing(requirements),
      present: available ? await orNull(runtime.components?.()) : null,
      // If a run first has to build something, asking would build it now.
      settable: available && preparation === undefined ? await orNull(runtime.settableSysctls(profileKeys())) : null,
    };
  } catch (error) {
    const availability = { available: false, detail: causeText(error) };
    return { name: entry.name, availability, explainMissing: () => ({ reason: '' }), present: null, settable: null };
  } finally {
    // It was only examined: a failure to close it is not a finding.
    await closeRuntime(runtime, () => {});
  }
}

/** Components that scenarios need, for each runtime whose peers may lack some. */
function componentFindings(asked: readonly Examined[]): Finding[] {
  const known = asked.flatMap((one) => (one.present === null ? [] : [{ ...one, present: one.present }]));
  if (known.length === 0) return [];
  return Object.keys(components).map((name) => {
    const needing = scenarios
      .filter((scenario) => variantsOf(scenario).some((variant) => requirementsOf(variant).includes(name)))
      .map((one) => one.name);
    const lacking = known.filter((one) => !one.present.has(name));
    const where = lacking.length > 0 && lacking.length < known.length ? `not in ${names(lacking)}; ` : '';
    const works = lacking.length < known.length;
    const use = needing.length === 0 ? 'no scenario needs it' : `for ${needing.join(', ')}`;
    const text = `component ${name}: ${where}${use}${works || needing.length === 0 ? '' : ', which are skipped'}`;
    const hints = lacking.map((one) => ({ name: one.name, hint: one.explainMissing([name]).hint }));
    return finding('component', name, works, text, hintByRuntime(hints, known.length));
  });
}

/** Which profiles the kernel under each runtime accepts. */
function profileFindings(asked: readonly Examined[]): Finding[] {
  const known = asked.flatMap(({ name, settable }) => (settable === null ? [] : [{ name, settable }]));
  if (known.length === 0) return [];
  return profiles.map((profile) => {
    const missing = known.map(({ name, settable }) => ({
      name,
      keys: keysOf(profile).filter((key) => !settable.has(key)),
    }));
    const lacking = missing.filter((one) => one.keys.length > 0);
    const works = lacking.length < known.length;
    const state = works ? `skipped in ${names(lacking)}` : 'skipped';
    const hints = lacking.map(({ name, keys }) => ({
      name,
      hint: profile.skipReason ?? `this kernel has no ${keys.join(', ')} per namespace`,
    }));
    const text = `profile ${profile.name}${lacking.length === 0 ? '' : `: ${state}`}`;
    return finding('profile', profile.name, works, text, hintByRuntime(hints, known.length));
  });
}

function keysOf(profile: Profile): string[] {
  return Object.values(profile.sysctls).flatMap(Object.keys);
}

function profileKeys(): string[] {
  return [...new Set(profiles.flatMap(keysOf))];
}

/** One hint if it is the same for all runtimes, otherwise one per runtime, with its name. */
function hintByRuntime(hints: readonly { name: string; hint?: string | undefined }[], known: number) {
  const given = hints.flatMap(({ name, hint }) => (hint === undefined ? [] : [{ name, hint }]));
  const distinct = [...new Set(given.map((one) => one.hint))];
  if (known === 1 || distinct.length === 1) return distinct[0];
  return given.length === 0 ? undefined : given.map(({ name, hint }) => `${name}: ${hint}`).join('; ');
}

function names(those: readonly { name: string }[]): string {
  return those.map((one) => one.name).join(', ');
}

function finding(kind: Finding['kind'], name: string, works: boolean, text: string, hint?: string): Finding {
  return { kind, name, works, text, ...(hint !== undefined && { hint }) };
}

async function orNull<T>(answer: Promise<T | null> | undefined): Promise<T | null> {
  return (await answer?.catch(() => null)) ?? null;
}

import type { Scenario } from '../model/scenario.ts';
import { missingComponents } from '../plan/requirements.ts';
import { chooseRuntime } from './choose.ts';
import { closeRuntime } from './close-runtime.ts';
import { type LoadRuntimeOptions, type RuntimeEntry, runtimes } from './registry.ts';
import type { Runtime } from './runtime.ts';
import type { Fleet } from './swarm/hosts.ts';

export interface OpenOptions {
  /** Receives lines for stderr: which runtime was chosen and why, and the progress of builds. */
  say: (line: string) => void;
  /** What will run, variants applied: `auto` considers only runtimes that can run some of it. Absent: all runtimes. */
  scenarios?: readonly Scenario[];
  /** The Docker hosts that --hosts names. */
  fleet?: Fleet | undefined;
  asRoot?: LoadRuntimeOptions['asRoot'];
  /** Absent: the whole registry. */
  entries?: readonly RuntimeEntry[];
}

/** The runtime `name`, or the one that `auto` chooses. The caller closes it. Errors: as chooseRuntime. */
export async function openRuntime(
  name: string,
  { say, scenarios = [], fleet, asRoot, entries = runtimes }: OpenOptions,
): Promise<Runtime> {
  const loaded = new Map<string, Runtime>();
  const load = async (entry: RuntimeEntry) => {
    const runtime = loaded.get(entry.name) ?? (await entry.load({ progress: say, fleet, asRoot }));
    loaded.set(entry.name, runtime);
    return runtime;
  };
  let chosen: Runtime | undefined;
  try {
    const candidates = entries.map((entry) => ({
      name: entry.name,
      capabilities: entry.capabilities,
      availability: async () => (await load(entry)).availability(),
      lack: async (asked: readonly Scenario[]) => lackOf(await load(entry), asked),
    }));
    const choice = await chooseRuntime(name, candidates, scenarios);
    chosen = loaded.get(choice.name) as Runtime;
    say(`runtime ${choice.name}: ${choice.why}`);
    return chosen;
  } finally {
    for (const other of loaded.values()) if (other !== chosen) await closeRuntime(other, say);
  }
}

/** Why peers of this runtime can run none of these scenarios; `null`: they can run one, or nothing was asked for. */
async function lackOf(runtime: Runtime, scenarios: readonly Scenario[]): Promise<string | null> {
  const present = (await runtime.components?.()) ?? null;
  if (present === null) return null;
  const missing = scenarios.map((scenario) =>
    missingComponents(scenario, present, (names) => runtime.explainMissing(names)),
  );
  return missing.includes(null) ? null : (missing[0]?.reason ?? null);
}

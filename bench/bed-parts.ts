import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { CellPlan } from '../harness/model/cell.ts';
import type { AgentMeasurement } from '../harness/model/protocol.ts';
import { Scenario, type ScenarioInput } from '../harness/model/scenario.ts';
import type { Sysctls } from '../harness/model/vocabulary.ts';
import { plan } from '../harness/plan/plan.ts';
import { servedSpecs } from '../harness/plan/serving.ts';
import type { SubnetRange } from '../harness/plan/topology.ts';
import type { AgentClient } from '../harness/run/agent-client.ts';
import { Agents } from '../harness/run/agents.ts';
import { netnsRuntime } from '../harness/runtime/netns/netns.ts';
import type { Testbed } from '../harness/runtime/runtime.ts';

export { median } from '../harness/analysis/statistics/statistics.ts';
export { keep } from './keep-parts.ts';

/** A client and a server stack for one measurement, with the given settings on both. */
export interface Bed {
  client: AgentClient;
  server: AgentClient;
  plan: CellPlan;
  counters(agent: AgentClient): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export const runtime = netnsRuntime();

export function planBed(sysctls: Sysctls, peers?: ScenarioInput['peers'], subnets?: SubnetRange): CellPlan {
  const scenario = Scenario.parse({
    name: 'bench',
    title: 'bench',
    story: 'bench',
    peers: peers ?? { client: {}, server: {} },
    links: [['client', 'server']],
    load: { closePolicy: 'client-fin', arrival: { loop: 'closed', concurrency: 1 }, durationMs: 1000 },
    profiles: ['bench'],
  });
  const profile = { name: 'bench', title: 'bench', sysctls: { all: sysctls } };
  const planned = plan({
    scenarios: [scenario],
    profiles: [profile],
    repetitions: 1,
    form: 'full',
    overrides: { sysctls: {} },
    settable: null,
    ...(subnets && { subnets }),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells[0] as CellPlan;
}

export async function openBed(
  sysctls: Sysctls = {},
  peers?: ScenarioInput['peers'],
  onMeasured: (measured: AgentMeasurement) => void = () => {},
): Promise<Bed> {
  const cell = planBed(sysctls, peers);
  const signal = new AbortController().signal;
  const testbed: Testbed = await runtime.start(cell, { runId: 'bench', signal });
  const agents = new Agents(testbed.peers, {
    runStartedAt: 0,
    signal,
    onMeasured: (_, measured) => onMeasured(measured),
  });
  for (const agent of agents.all) await agent.ready();
  await agents.ask('configure', { sysctls, read: [], ownNamespace: 'none' });
  return {
    client: agents.of('client'),
    server: agents.of('server'),
    plan: cell,
    counters: async (agent) => (await agent.ask('snapshot', {})).counters,
    stop: async () => {
      agents.expectEnd();
      await testbed.stop();
    },
  };
}

/** Starts the servers of the bed's plan. */
export async function serve(bed: Bed): Promise<void> {
  const peers = bed.plan.peers.filter((peer) => peer.role === 'server');
  await bed.server.ask('serve', { servers: peers.flatMap((peer) => servedSpecs(bed.plan, peer)) });
}

/** A program inside the client's namespace, timed by the shell's own accounting of its children. */
export async function timed(bed: Bed, words: string[]): Promise<{ cpuMs: number; cpuUserMs: number; stdout: string }> {
  const script = 'TIMEFORMAT="CPU %3U %3S"; time "$@" 2>/dev/null';
  const enter = ['-t', String(bed.client.peer.pid), '-n', 'bash', '-c', script, 'bash', ...words];
  const { stderr, stdout } = await execa('nsenter', enter, { reject: false });
  const match = /CPU ([\d.]+) ([\d.]+)/.exec(stderr);
  if (match === null) throw new Error(`no CPU time in: ${stderr}`);
  return { cpuMs: (Number(match[1]) + Number(match[2])) * 1000, cpuUserMs: Number(match[1]) * 1000, stdout };
}

/** CPU of a whole process, its helper threads too: utime and stime of /proc/PID/stat, in hundredths of a second. */
export function processCpu(pid: number): { cpuMs: number; cpuUserMs: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [user, system] = [Number(fields[11]) * 10, Number(fields[12]) * 10];
  return { cpuMs: user + system, cpuUserMs: user };
}

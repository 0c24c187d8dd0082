import { readlinkSync } from 'node:fs';
import { HarnessError } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import { foldWhiteSpace } from '../model/sysctl-key.ts';
import { clientPeers, servedSpecs, servingOrder } from '../plan/serving.ts';
import type { AgentClient } from './agent-client.ts';
import type { RunningCell } from './running-cell.ts';

/** Settings that every report lists for every peer, in addition to the requested ones. */
const alwaysRead = [
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_tw_reuse_delay',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_local_port_step_width',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_rfc1337',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_tw_timeout',
  'net.core.somaxconn',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait',
];

/** Waits for every agent, writes the settings and reads them back. Errors: SYSCTL_NOT_EFFECTIVE. */
export async function configurePeers(cell: RunningCell): Promise<void> {
  await Promise.all(cell.agents.all.map((agent) => configurePeer(cell, agent)));
}

async function configurePeer(cell: RunningCell, agent: AgentClient): Promise<void> {
  const { role, peer } = agent;
  const { namespace } = await agent.ready();
  const requested = cell.plan.peers.find((candidate) => candidate.role === role)?.sysctls ?? {};
  const { before, effective, listening, ofOneAddress } = await agent.ask('configure', {
    sysctls: cell.sysctlsBy === 'agent' ? requested : {},
    read: [...new Set([...alwaysRead, ...Object.keys(requested)])],
    ownNamespace: ownNamespace(),
  });
  // If the runtime has already set a key, the agent's first reading is not its default.
  const untouched = Object.entries(before).filter(([key]) => cell.sysctlsBy === 'agent' || !(key in requested));
  const settings = { effective, requested, defaults: Object.fromEntries(untouched) };
  const { host } = peer;
  const elsewhere = host && { host, clock: agent.clock };
  cell.write({
    type: 'peer',
    role,
    namespace,
    pid: peer.pid,
    inspect: peer.inspect,
    ...settings,
    listening,
    ofOneAddress,
    ...elsewhere,
  });
  for (const [key, value] of Object.entries(requested)) {
    const found = effective[key];
    if (found === foldWhiteSpace(value)) continue;
    throw new HarnessError('SYSCTL_NOT_EFFECTIVE', `${role}: ${key} was set to ${value} but reads back as ${found}`);
  }
}

/** Servers start from the last hop to the first, so that every upstream listens before it is needed. */
export async function startServers(cell: RunningCell): Promise<void> {
  for (const peer of servingOrder(cell.plan)) {
    const listening = servedSpecs(cell.plan, peer).filter(({ ports }) => ports.length > 0);
    await startPrograms(cell, peer.role, listening);
  }
}

/** Programs that open connections beside the load: they start when everything is counted, and end with the load. */
export async function startClients(cell: RunningCell): Promise<void> {
  for (const peer of clientPeers(cell.plan)) {
    const clients = servedSpecs(cell.plan, peer).filter(({ ports }) => ports.length === 0);
    await startPrograms(cell, peer.role, clients);
  }
}

export async function endClients({ agents, plan }: RunningCell): Promise<void> {
  await Promise.all(clientPeers(plan).map(({ role }) => agents.of(role).ask('end-clients', {})));
}

async function startPrograms(cell: RunningCell, role: string, servers: ServedSpec[]): Promise<void> {
  const started = await cell.agents.of(role).ask('serve', { servers });
  for (const server of started) cell.write({ type: 'server', role, ...server });
}

export async function startSampling({ plan, agents, samplesHz }: RunningCell): Promise<void> {
  const { watchLifetimesHz = 0, watchSlab } = plan.scenario;
  const tracks = plan.peers.some((peer) => peer.nftables !== undefined);
  const rates = { samplesHz, statesHz: 1, portsHz: 5, conntrackHz: tracks ? 0.5 : 0, watchLifetimesHz };
  // The slabs are the machine's: one peer reads them, the first of the role that keeps the TIME_WAIT.
  const keeper = watchSlab === undefined ? undefined : plan.peers.find((peer) => peer.kind === watchSlab)?.role;
  await Promise.all(
    agents.all.map((agent) => agent.ask('sample', { ...rates, slabHz: agent.role === keeper ? 2 : 0 })),
  );
}

function ownNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return 'none';
  }
}

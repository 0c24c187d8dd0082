import { readlinkSync } from 'node:fs';
import { HarnessError } from '../model/errors.ts';
import { foldWhiteSpace } from '../model/sysctl-key.ts';
import { servedSpecs, servingOrder } from '../plan/serving.ts';
import type { AgentClient } from './agent-client.ts';
import type { RunningCell } from './running-cell.ts';

/** Settings that every report lists for every peer, in addition to the requested ones. */
const alwaysRead = [
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_tw_reuse_delay',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
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
  const { before, effective, listening } = await agent.ask('configure', {
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
    const servers = await cell.agents.of(peer.role).ask('serve', { servers: servedSpecs(cell.plan, peer) });
    for (const server of servers) cell.write({ type: 'server', role: peer.role, ...server });
  }
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

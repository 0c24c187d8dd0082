import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { Agent } from '../harness/agent/agent.ts';
import { ledgerCounters } from '../harness/analysis/cell/ledger.ts';
import type { CellPlan, PeerPlan } from '../harness/model/cell.ts';
import type { Counters } from '../harness/model/journal.ts';
import { type AgentEvent, type AgentReply, AgentRequest } from '../harness/model/protocol.ts';
import { monotonicMs } from '../harness/probe/clock.ts';
import { fakeRuntime } from '../harness/runtime/fake/fake.ts';
import type { Peer, Runtime } from '../harness/runtime/runtime.ts';

/**
 * Peers with the lab's real agent, which starts engines and servers from their registries, on stacks in memory: no
 * process, no socket. Each connection that an engine counts is one of the client's that the client closes.
 */
export function agentsInMemory(options: { present?: ReadonlySet<string> } = {}): Runtime {
  const { present } = options;
  return {
    ...fakeRuntime({ name: 'in-memory' }),
    ...(present !== undefined && { components: async () => present }),
    async start(plan) {
      const stacks = { connections: 0 };
      const peers = plan.peers.map((peer) => startPeer(plan, peer, stacks));
      return { peers, setupMs: 0, stop: async () => peers.forEach(({ end }) => void end()) };
    },
  };
}

function startPeer(plan: CellPlan, peer: PeerPlan, stacks: { connections: number }): Peer & { end(): void } {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const isClient = peer.kind === plan.scenario.load.from;
  const say = (line: AgentReply | AgentEvent) => {
    if ('type' in line && line.type === 'load') {
      stacks.connections += line.connected ?? 0;
      const readings = { tw: stacks.connections, inUse: 0, conntrack: null };
      say({ type: 'sample', t: line.t, readings, counters: {}, costMs: 0.1, lateMs: 0, missed: 0 });
    }
    output.write(`${JSON.stringify(line)}\n`);
  };
  const agent = new Agent(say, {
    configure: async ({ read }) => ({
      before: {},
      listening: [],
      ofOneAddress: [],
      effective: Object.fromEntries(read.map((key) => [key, peer.sysctls[key] ?? null])),
    }),
    clock: async () => monotonicMs(),
    sample: async () => null,
    snapshot: async () => ({
      counters: countersOf(stacks.connections, isClient),
      tw: isClient ? stacks.connections : 0,
      states: {},
      smallFinWait2: 0,
    }),
    occupancy: async () => null,
  });
  createInterface({ input }).on('line', (line) => void agent.receive(AgentRequest.parse(JSON.parse(line))));
  say({ type: 'hello', namespace: `net:[${peer.role}]` });
  let end = () => {};
  const ended = new Promise<string>((resolve) => {
    end = () => {
      resolve('ended with code 0');
      output.end();
    };
  });
  return { role: peer.role, input, output, pid: null, inspect: 'nothing to look at', ended, end: () => end() };
}

function countersOf(connections: number, isClient: boolean): Counters {
  return {
    ...Object.fromEntries(ledgerCounters.map((name) => [name, 0])),
    'Tcp.ActiveOpens': isClient ? connections : 0,
    'Tcp.PassiveOpens': isClient ? 0 : connections,
    'Tcp.AttemptFails': 0,
    'Tcp.EstabResets': 0,
    'Tcp.CurrEstab': 0,
    'Tcp.OutRsts': 0,
    'TcpExt.TW': isClient ? connections : 0,
    'TcpExt.TWKilled': 0,
    'TcpExt.TWRecycled': 0,
    'TcpExt.TCPTimeWaitOverflow': 0,
  };
}

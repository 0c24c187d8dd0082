import { describe, expect, it } from 'vitest';
import { packetsSent, type SecondClose } from '../../harness/analysis/cell/close-sequence.ts';
import { oneConnection } from '../../harness/analysis/cell/one-connection.ts';
import type { MeasuredCell } from '../../harness/model/report.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import type { ClosePolicy } from '../../harness/model/vocabulary.ts';
import { runScenario } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

const runtime = realStacks();
const connections = 300;

function churn(closePolicy: ClosePolicy, transport: string, load: object = {}, server: object = {}): Scenario {
  return Scenario.parse({
    name: 'policy',
    title: closePolicy,
    story: closePolicy,
    peers: { client: {}, server: { serves: [{ server: 'node-http', parameters: { transport, ...server } }] } },
    links: [['client', 'server']],
    load: {
      closePolicy,
      arrival: { loop: 'closed', concurrency: 10 },
      durationMs: 20_000,
      maxAttempts: connections,
      parameters: { transport },
      ...load,
    },
    profiles: ['tw-reuse-0'],
  });
}

async function run(scenario: Scenario): Promise<MeasuredCell> {
  const { report } = await runScenario(runtime, scenario, { profileNames: ['tw-reuse-0'], form: 'full' });
  const [cell] = report.cells;
  if (cell === undefined || !('ledger' in cell)) throw new Error(JSON.stringify(cell));
  expect(cell.ledger.identities.filter((one) => !one.holds)).toEqual([]);
  expect(cell.load).toMatchObject({ attempts: connections, completed: connections, inFlight: 0, failures: [] });
  expect(cell.load.connected).toBe(connections);
  return cell;
}

const timeWaits = (cell: MeasuredCell) => [cell.peers.client?.timeWait.created, cell.peers.server?.timeWait.created];

/**
 * The known sequence of the policy is what the kernels did: the end from TIME_WAITs and resets, the packets from the
 * client's counters. A busy machine may send an ACK of its own where the server closes late (40 ms, TCP_DELACK_MIN).
 */
function expectSequence(cell: MeasuredCell, policy: ClosePolicy, second: SecondClose = 'at-once') {
  expect(oneConnection(cell)).toMatchObject({ policy, opened: connections, ended: connections });
  const { counters = {} } = cell.peers.client ?? {};
  const sent = packetsSent(policy, second);
  for (const [name, packets] of [
    ['Tcp.OutSegs', sent.opener],
    ['Tcp.InSegs', sent.acceptor],
  ] as const) {
    const counted = (counters[name] ?? 0) / connections;
    expect(counted, name).toBeGreaterThanOrEqual(packets - 0.1);
    expect(counted, name).toBeLessThanOrEqual(packets + 0.5);
  }
}

/**
 * A reset for each connection. OutRsts may be higher: an ACK of the answer that arrives at the closed socket is answered
 * with another RST (RFC 9293, 3.10.7.1), about once in 100,000 connections.
 */
function expectResets(cell: MeasuredCell, by: string, of: string) {
  const resetter = cell.peers[by]?.counters ?? {};
  expect(resetter['TcpExt.TCPAbortOnData']).toBe(connections);
  expect(resetter['Tcp.OutRsts']).toBeGreaterThanOrEqual(connections);
  expect(cell.peers[of]?.counters['Tcp.EstabResets']).toBe(connections);
}

describe.each(['tcp-handle', 'net-socket'])('close policies over %s', (transport) => {
  it('client-fin: every TIME_WAIT is at the client', async () => {
    const cell = await run(churn('client-fin', transport));
    expect(timeWaits(cell)).toEqual([connections, 0]);
    expectSequence(cell, 'client-fin');
  });

  it('server-fin: every TIME_WAIT is at the server', async () => {
    const cell = await run(churn('server-fin', transport));
    expect(timeWaits(cell)).toEqual([0, connections]);
    expectSequence(cell, 'server-fin');
  });

  it('client-rst: no TIME_WAIT on either side, a reset for each connection', async () => {
    const cell = await run(churn('client-rst', transport));
    expect(timeWaits(cell)).toEqual([0, 0]);
    expectResets(cell, 'client', 'server');
    expectSequence(cell, 'client-rst');
  });

  it('server-rst: no TIME_WAIT on either side, a reset for each connection', async () => {
    const cell = await run(churn('server-rst', transport));
    expect(timeWaits(cell)).toEqual([0, 0]);
    expectResets(cell, 'server', 'client');
    expectSequence(cell, 'server-rst');
  });

  it('simultaneous: one TIME_WAIT per connection, and a second one if the FINs crossed', async () => {
    const cell = await run(churn('simultaneous', transport));
    const [client, server] = timeWaits(cell).map((count) => count ?? Number.NaN) as [number, number];
    // On a busy machine a FIN may find the socket gone: the RST that answers it ends the other side without a TIME_WAIT.
    const resets = ['client', 'server'].reduce(
      (sum, role) => sum + (cell.peers[role]?.counters['Tcp.OutRsts'] ?? 0),
      0,
    );
    expect(client + server).toBeGreaterThanOrEqual(connections - resets);
    expect(resets).toBeLessThan(connections / 2);
    expect(client + server).toBeLessThanOrEqual(2 * connections);
  });

  it('leak: every connection stays ESTABLISHED, and the verdict shows it', async () => {
    const cell = await run(churn('leak', transport));
    expect(timeWaits(cell)).toEqual([0, 0]);
    expect(cell.peers.client?.states.ESTABLISHED?.atEnd).toBe(connections);
    expect(cell.verdict).toBe('leaking');
    expectSequence(cell, 'leak');
  });

  it('a server that never closes after the client: CLOSE_WAIT there, FIN_WAIT2 here', async () => {
    const cell = await run(churn('client-fin', transport, {}, { onClientFin: 'leak' }));
    expect(cell.peers.server?.states.CLOSE_WAIT?.atEnd).toBe(connections);
    expect(cell.peers.client?.states.FIN_WAIT2?.atEnd).toBe(connections);
    expect(cell.verdict).toBe('leaking');
    expectSequence(cell, 'client-fin', 'never');
  });

  it('many requests per connection', async () => {
    const cell = await run(churn('client-fin', transport, { requestsPerConnection: 5 }));
    expect(cell.load.answers).toBe(5 * connections);
    expect(timeWaits(cell)).toEqual([connections, 0]);
  });

  it('several threads share the work', async () => {
    const cell = await run(churn('client-fin', transport, { threads: 3 }));
    expect(timeWaits(cell)).toEqual([connections, 0]);
  });
});

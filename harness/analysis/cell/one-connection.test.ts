import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleServer } from '../../../test/samples/report.ts';
import type { MeasuredCell, PeerReport } from '../../model/report.ts';
import type { ClosePolicy } from '../../model/vocabulary.ts';
import { oneConnection } from './one-connection.ts';

interface Side {
  timeWaits?: number;
  established?: number;
  closeWaits?: number;
  counters?: Record<string, number>;
}

const timeWait = (created: number) => ({ created, recycled: 0, overflowed: 0, peak: created, live: created });
const level = (atEnd: number) => ({ peak: atEnd, atEnd, mean: 0, source: 'samples' as const });

/** All counters that are needed were read. */
const none = {
  'Tcp.AttemptFails': 0,
  'Tcp.EstabResets': 0,
  'Tcp.InSegs': 0,
  'Tcp.OutSegs': 0,
  'Tcp.RetransSegs': 0,
  'TcpExt.TCPAbortOnData': 0,
};

function side(of: PeerReport, { timeWaits = 0, established = 0, closeWaits = 0, counters = {} }: Side): PeerReport {
  return {
    ...of,
    timeWait: timeWait(timeWaits),
    states: { ...of.states, ESTABLISHED: level(established), CLOSE_WAIT: level(closeWaits) },
    counters: { ...none, ...of.counters, ...counters },
  };
}

/** 1,000 connections, and as many packets as given: sent and received by the client, per connection. */
function cell(
  closePolicy: ClosePolicy,
  packets: [sent: number, received: number],
  client: Side,
  server: Side,
  answers: number | null = 1000,
  over: Partial<MeasuredCell> = {},
): MeasuredCell {
  const counters = { 'Tcp.OutSegs': packets[0] * 1000, 'Tcp.InSegs': packets[1] * 1000, ...client.counters };
  return sampleCell({
    peers: { client: side(samplePeer(), { ...client, counters }), server: side(sampleServer(), server) },
    load: { ...sampleCell().load, closePolicy, answers },
    ...over,
  });
}

describe('one connection of a cell', () => {
  it.each<[ClosePolicy, MeasuredCell, number]>([
    ['client-fin', cell('client-fin', [6, 4], { timeWaits: 1000 }, {}), 1000],
    ['server-fin', cell('server-fin', [5, 5], {}, { timeWaits: 998 }), 998],
    ['simultaneous', cell('simultaneous', [5.7, 4.51], { timeWaits: 700 }, { timeWaits: 510 }), 210],
    ['client-rst', cell('client-rst', [5, 3], { counters: { 'TcpExt.TCPAbortOnData': 1000 } }, {}), 1000],
    [
      'server-rst',
      cell(
        'server-rst',
        [4, 4],
        { counters: { 'Tcp.EstabResets': 1000 } },
        { counters: { 'TcpExt.TCPAbortOnData': 1000 } },
      ),
      1000,
    ],
    ['leak', cell('leak', [4, 3], { established: 1000 }, { established: 1000 }), 1000],
  ])('%s: every packet, where counters agree with it', (policy, measured, ended) => {
    const one = oneConnection(measured);
    expect(one).toMatchObject({ policy, ended, opened: 1000, ends: { opener: 'client', acceptor: 'server' } });
    expect(one?.counted).not.toBeNull();
    expect(one?.sequence.abbreviated).toBe(false);
  });

  it.each([
    ['late', cell('client-fin', [6, 5], { timeWaits: 1000 }, {})],
    ['never', cell('client-fin', [5, 4], {}, { closeWaits: 1000 })],
  ])('shows a server that closes %s', (second, measured) => {
    expect(oneConnection(measured)).toMatchObject({
      policy: 'client-fin',
      second,
      counted: expect.anything(),
      sequence: { abbreviated: false },
    });
  });

  it('shows a client that never closes', () => {
    expect(oneConnection(cell('server-fin', [5, 4], { closeWaits: 1000 }, {}))).toMatchObject({
      policy: 'server-fin',
      second: 'never',
    });
  });

  it('shows who was measured to close first, not who was meant to', () => {
    expect(oneConnection(cell('client-fin', [5, 5], {}, { timeWaits: 1000 }))?.policy).toBe('server-fin');
  });

  it('shows no packets of the exchange if the counters disagree, or the program does not count its answers', () => {
    for (const measured of [
      cell('client-fin', [7, 5], { timeWaits: 1000 }, {}),
      cell('client-fin', [6, 4.2], { timeWaits: 1000 }, {}),
      cell('client-fin', [6, 4], { timeWaits: 1000 }, {}, null),
    ]) {
      expect(oneConnection(measured)).toMatchObject({ policy: 'client-fin', counted: null });
      expect(oneConnection(measured)?.sequence.abbreviated).toBe(true);
    }
  });

  it('counts the requests of connections that are reused', () => {
    const one = oneConnection(cell('client-fin', [200, 150], { timeWaits: 1000 }, {}, 48_000));
    expect(one).toMatchObject({ policy: 'client-fin', requests: 48, sequence: { abbreviated: true } });
  });

  it.each<[string, MeasuredCell]>([
    ['the first FIN came from either side', cell('client-fin', [6, 4], { timeWaits: 600 }, { timeWaits: 400 })],
    ['no connection left a trace', cell('client-fin', [6, 4], {}, {})],
    ['packets were lost', cell('client-fin', [6, 4], { timeWaits: 1000, counters: { 'Tcp.RetransSegs': 200 } }, {})],
    ['connections had no answer', cell('client-fin', [6, 4], { timeWaits: 1000 }, {}, 500)],
    [
      'a reset may have followed a FIN',
      cell('client-fin', [7, 4], { counters: { 'TcpExt.TCPAbortOnData': 1000 } }, {}),
    ],
    ['no FINs crossed', cell('simultaneous', [6, 4], { timeWaits: 700 }, { timeWaits: 300 })],
    [
      'FINs crossed and resets ended some connections',
      cell('simultaneous', [6, 4], { timeWaits: 900, counters: { 'Tcp.EstabResets': 9 } }, { timeWaits: 900 }),
    ],
    ['a counter was not read', sampleCell()],
    ['nothing was opened', cell('client-fin', [0, 0], { counters: { 'Tcp.ActiveOpens': 0 } }, {})],
    [
      'one kernel holds both ends',
      sampleCell({
        peers: { host: side(samplePeer({ kind: 'host' }), { counters: { 'Tcp.PassiveOpens': 1000 } }) },
      }),
    ],
  ])('is unknown if %s', (_, measured) => {
    expect(oneConnection(measured)).toBeNull();
  });

  it('of a chain, shows the connections of the load, and never takes the TIME_WAITs of the next hop for theirs', () => {
    const hop = { way: 'opened' as const, address: '198.18.0.2', port: 80, states: {}, role: 'lb' };
    const chain = (client: Side, lb: Side) =>
      sampleCell({
        peers: {
          client: { ...side(samplePeer(), client), hops: [hop] },
          lb: side(samplePeer({ kind: 'lb' }), { ...lb, counters: { 'Tcp.PassiveOpens': 1000 } }),
          web: side(sampleServer({ kind: 'web' }), {}),
        },
      });
    expect(oneConnection(chain({ timeWaits: 1000 }, { timeWaits: 1000 }))).toMatchObject({
      policy: 'client-fin',
      ends: { opener: 'client', acceptor: 'lb' },
    });
    expect(oneConnection(chain({}, { timeWaits: 1000 }))).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../../model/report.ts';
import { LoadSpec } from '../../model/scenario.ts';
import { imitate, resultOf } from '../../runtime/fake/world.ts';
import { ledgerCounters, ledger as ledgerOf } from './ledger.ts';
import type { LedgerPeer } from './ledger-peer.ts';

function load(changes: Partial<LoadReport>): LoadReport {
  return {
    engine: 'churn',
    engineVersion: null,
    transport: null,
    closePolicy: 'client-fin',
    attempts: 0,
    connected: 0,
    completed: 0,
    answers: 0,
    inFlight: 0,
    failures: [],
    durationMs: 3000,
    rate: { offered: null, achieved: 0, peak: null },
    connectCallUs: null,
    connectLatencyUs: null,
    requestLatencyUs: null,
    scheduleLagUs: null,
    blindSpots: [],
    ...changes,
  };
}

/** A kernel has a value for each; those of a test are the ones that are not 0. */
const zero = Object.fromEntries(ledgerCounters.map((name) => [name, 0]));

function peer(role: string, counters: Record<string, number>, tw = 0): LedgerPeer {
  return {
    role,
    counters: { ...zero, ...counters },
    tw,
    open: 0,
    opening: 0,
    accepting: 0,
    closeWait: 0,
    history: [],
    endAt: 3000,
  };
}

/** The ledger of one hop: clients that connect to servers, and nobody else. */
function ledger(cell: { load: LoadReport; clients: LedgerPeer[]; servers: LedgerPeer[] }) {
  const roles = (peers: LedgerPeer[]) => peers.map((one) => one.role);
  return ledgerOf({
    load: cell.load,
    hops: [{ openers: roles(cell.clients), acceptors: roles(cell.servers) }],
    peers: [...cell.clients, ...cell.servers],
    loadRoles: roles(cell.clients),
    forwarders: [],
    policyIsKept: true,
    goesAnywhere: false,
    hasQueues: false,
    countsAttempts: true,
    kernelHz: 250,
  });
}

const broken = (identities: ReturnType<typeof ledger>) => identities.filter((one) => !one.holds).map((one) => one.name);

describe('ledger', () => {
  it('balances whatever happens to the ports', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 2000 }),
        fc.integer({ min: 10, max: 3000 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3000 }),
        (ports, ratePerSec, reuse, buckets) => {
          const spec = LoadSpec.parse({
            closePolicy: 'client-fin',
            arrival: { loop: 'open', ratePerSec },
            durationMs: 2000,
          });
          const { ticks, counts } = imitate(spec, { ports, reuse, reuseDelayMs: 1000, buckets });
          const result = resultOf(counts, ticks, 0);
          const client = peer(
            'client',
            {
              'Tcp.ActiveOpens': counts.opened,
              'TcpExt.TW': counts.created,
              'TcpExt.TWRecycled': counts.recycled,
              'TcpExt.TCPTimeWaitOverflow': counts.overflowed,
            },
            counts.tw,
          );
          const server = peer('server', { 'Tcp.PassiveOpens': counts.opened });
          const report = load({ ...result, connected: result.connected });
          const identities = ledger({
            load: report,
            clients: [client],
            servers: [server],
          });
          expect(broken(identities)).toEqual([]);
          expect(identities.every((one) => one.residual === 0)).toBe(true);
        },
      ),
    );
  });

  const counters = { 'Tcp.ActiveOpens': 1000, 'TcpExt.TW': 1000, 'TcpExt.TWRecycled': 400 };
  const sound = {
    load: load({ attempts: 1000, connected: 1000, completed: 1000 }),
    clients: [peer('client', counters, 600)],
    servers: [peer('server', { 'Tcp.PassiveOpens': 1000 })],
  };

  it.each([
    ['an attempt without an end', { load: load({ attempts: 1001, connected: 1000, completed: 1000 }) }, 'attempts'],
    [
      'a connection that the kernel did not count',
      { load: load({ attempts: 1001, connected: 1001, completed: 1001 }) },
      'connected',
    ],
    [
      'a connection that the server did not accept',
      { servers: [peer('server', { 'Tcp.PassiveOpens': 999 })] },
      'PassiveOpens',
    ],
    ['a TIME_WAIT too few', { clients: [peer('client', { ...counters, 'TcpExt.TW': 999 }, 599)] }, 'still open'],
    ['a TIME_WAIT that vanished', { clients: [peer('client', counters, 599)] }, 'live + recycled'],
    ['a TIME_WAIT from nowhere', { clients: [peer('client', counters, 601)] }, 'live + recycled'],
  ])('finds %s', (_, change, name) => {
    expect(broken(ledger(sound))).toEqual([]);
    expect(broken(ledger({ ...sound, ...change })).join()).toContain(name);
  });

  it('finds an arrival that was neither started nor given up', () => {
    const open = { attempts: 1000, connected: 1000, completed: 1000, notStarted: 7 };
    expect(broken(ledger({ ...sound, load: load({ ...open, due: 1007 }) }))).toEqual([]);
    expect(broken(ledger({ ...sound, load: load({ ...open, due: 1008 }) }))).toEqual([
      'engine: arrivals due = attempts + never started',
    ]);
  });

  it('does not compare attempts with themselves, nor with what was not read', () => {
    const names = (countsAttempts: boolean, inFlight: number | null) => {
      const hops = [{ openers: ['client'], acceptors: ['server'] }];
      const one = { ...sound.load, inFlight };
      const peers = [...sound.clients, ...sound.servers];
      return ledgerOf({
        load: one,
        hops,
        peers,
        loadRoles: ['client'],
        forwarders: [],
        policyIsKept: true,
        goesAnywhere: false,
        hasQueues: false,
        countsAttempts,
        kernelHz: 250,
      }).map((identity) => identity.name);
    };
    const engine = 'engine: attempts = completed + failed + in flight';
    expect(names(true, 0)).toContain(engine);
    expect(names(false, 0)).not.toContain(engine);
    expect(names(true, null)).not.toContain(engine);
  });

  it("accounts for TIME_WAITs that the other side's RST ended, up to the number it sent", () => {
    const lost = { ...sound, clients: [peer('client', counters, 590)] };
    const server = (rst: number) => [peer('server', { 'Tcp.PassiveOpens': 1000, 'Tcp.OutRsts': rst })];
    expect(broken(ledger({ ...lost, servers: server(10) }))).toEqual([]);
    expect(broken(ledger({ ...lost, servers: server(9) }))).toHaveLength(1);
  });

  it('allows for the SYNs that a full accept queue dropped, and not twice as many', () => {
    const server = (accepted: number) =>
      peer('server', { 'Tcp.PassiveOpens': accepted, 'TcpExt.ListenOverflows': 10, 'TcpExt.ListenDrops': 10 });
    expect(broken(ledger({ ...sound, servers: [server(990)] }))).toEqual([]);
    expect(broken(ledger({ ...sound, servers: [server(989)] }))).toHaveLength(1);
  });

  it('bounds what is live once the first ones have expired', () => {
    const at = (t: number, tw: number) => ({ t, counters: { ...zero, 'TcpExt.TW': tw } });
    const history = Array.from({ length: 121 }, (_, second) => at(second * 1000, second * 10));
    const long = (tw: number) => ({
      ...sound,
      load: load({ attempts: 1200, connected: 1200, completed: 1200 }),
      clients: [{ ...peer('client', { 'Tcp.ActiveOpens': 1200, 'TcpExt.TW': 1200 }, tw), history, endAt: 120_000 }],
      servers: [peer('server', { 'Tcp.PassiveOpens': 1200 })],
    });
    expect(broken(ledger(long(600)))).toEqual([]);
    expect(broken(ledger(long(620)))).toEqual([]);
    expect(broken(ledger(long(599)))).toHaveLength(1);
    expect(broken(ledger(long(631)))).toHaveLength(1);
  });

  const hops = [
    { openers: ['client'], acceptors: ['lb'] },
    { openers: ['lb'], acceptors: ['web1', 'web2'] },
  ];
  const chain = {
    load: load({ attempts: 300, connected: 300, completed: 300 }),
    hops,
    peers: [
      peer('client', { 'Tcp.ActiveOpens': 300, 'TcpExt.TW': 300 }, 300),
      peer('lb', { 'Tcp.PassiveOpens': 300, 'Tcp.ActiveOpens': 100, 'TcpExt.TW': 100 }, 100),
      peer('web1', { 'Tcp.PassiveOpens': 60 }),
      peer('web2', { 'Tcp.PassiveOpens': 40 }),
    ],
    loadRoles: ['client'],
    forwarders: ['lb'],
    policyIsKept: true,
    goesAnywhere: false,
    hasQueues: false,
    countsAttempts: true,
    kernelHz: 250,
  };

  it('balances hop by hop, though the peer in the middle counts two hops as one', () => {
    expect(broken(ledgerOf(chain))).toEqual([]);
    expect(ledgerOf(chain).map((one) => one.name)).toContain(
      'ActiveOpens − AttemptFails (lb) = PassiveOpens (web1, web2)',
    );
  });

  it('lets PassiveOpens count a connection twice where two CPUs may process its packets, but never too few', () => {
    const accepts = (count: number, hasQueues: boolean) => {
      const peers = chain.peers.map((one) => (one.role === 'web2' ? peer('web2', { 'Tcp.PassiveOpens': count }) : one));
      return broken(ledgerOf({ ...chain, peers, hasQueues }));
    };
    const name = 'ActiveOpens − AttemptFails (lb) = PassiveOpens (web1, web2)';
    expect(accepts(42, true)).toEqual([]);
    expect(accepts(42, false)).toEqual([name]);
    expect(accepts(39, true)).toEqual([name]);
    expect(accepts(141, true)).toEqual([name]);
  });

  it('finds the hop on which a connection is missing, and TIME_WAITs that no connection explains', () => {
    const lost = chain.peers.map((one) => (one.role === 'web2' ? peer('web2', { 'Tcp.PassiveOpens': 39 }) : one));
    expect(broken(ledgerOf({ ...chain, peers: lost }))).toEqual([
      'ActiveOpens − AttemptFails (lb) = PassiveOpens (web1, web2)',
    ]);
    const none = chain.peers.map((one) => (one.role === 'lb' ? peer('lb', { ...one.counters, 'TcpExt.TW': 0 }) : one));
    expect(broken(ledgerOf({ ...chain, peers: none })).join()).toContain('all peers, all hops');
  });

  it('distinguishes a FIN_WAIT2 ended by tcp_fin_timeout from a TIME_WAIT that vanished', () => {
    const client = peer('client', { 'Tcp.ActiveOpens': 200, 'TcpExt.TW': 200 });
    const stuck = { ...peer('server', { 'Tcp.PassiveOpens': 200 }), closeWait: 200, open: 200 };
    const cell = { load: load({ attempts: 200, connected: 200, completed: 200 }), clients: [client] };
    expect(broken(ledger({ ...cell, servers: [stuck] }))).toEqual([]);
    expect(broken(ledger({ ...cell, servers: [{ ...stuck, closeWait: 199 }] }))).toHaveLength(1);
  });

  describe('client and server in one network stack', () => {
    const counts = { 'Tcp.ActiveOpens': 1000, 'Tcp.PassiveOpens': 1000, 'TcpExt.TW': 1000 };
    const cell = (host: LedgerPeer, changes: object = {}) =>
      ledgerOf({
        ...chain,
        load: load({ attempts: 1000, connected: 1000, completed: 1000 }),
        hops: [{ openers: ['host'], acceptors: ['host'] }],
        peers: [host],
        loadRoles: ['host'],
        forwarders: [],
        ...changes,
      });

    it('balances, and finds one TIME_WAIT too many or too few', () => {
      expect(broken(cell(peer('host', counts, 1000)))).toEqual([]);
      for (const made of [999, 1001]) {
        const wrong = broken(cell(peer('host', { ...counts, 'TcpExt.TW': made }, made)));
        expect(wrong).toEqual([
          'connections = TIME_WAIT created + overflowed + (reset + still open) / 2 (host, both ends)',
        ]);
      }
    });

    it('does not let an accepted SYN explain a TIME_WAIT that vanished', () => {
      expect(broken(cell(peer('host', counts, 999)))).toHaveLength(1);
      expect(broken(cell(peer('host', { ...counts, 'TcpExt.TWRecycled': 1 }, 999)))).toEqual([]);
    });

    it('counts an open connection, and a reset one, at both of its ends', () => {
      const open = { ...peer('host', { ...counts, 'TcpExt.TW': 990 }, 990), open: 20 };
      expect(broken(cell(open))).toEqual([]);
      expect(broken(cell({ ...open, open: 4 }))).toHaveLength(1);
      const reset = { ...counts, 'TcpExt.TW': 0, 'Tcp.EstabResets': 2000, 'Tcp.OutRsts': 1000 };
      const policy = { load: load({ attempts: 1000, connected: 1000, completed: 1000, closePolicy: 'client-rst' }) };
      expect(broken(cell(peer('host', reset), policy))).toEqual([]);
    });

    it('allows for the connections of a proxy beside the load, and no fewer than the engine counted', () => {
      const proxied = { 'Tcp.ActiveOpens': 2000, 'Tcp.PassiveOpens': 2000, 'TcpExt.TW': 2000 };
      const forwards = { forwarders: ['host'], policyIsKept: true };
      expect(broken(cell(peer('host', proxied, 2000), forwards))).toEqual([]);
      expect(
        broken(cell(peer('host', { ...counts, 'Tcp.ActiveOpens': 999, 'Tcp.PassiveOpens': 999 }, 1000), forwards)),
      ).toEqual(['engine connected ≤ ActiveOpens − AttemptFails (client)']);
    });
  });

  it('balances a program that connects to a server in its own peer, over all peers', () => {
    const counters = { 'Tcp.ActiveOpens': 1500, 'Tcp.PassiveOpens': 1500, 'TcpExt.TW': 1500 };
    const own = {
      ...chain,
      load: load({ connected: null, countedBy: 'kernel' }),
      hops: [{ openers: ['client'], acceptors: ['server'] }],
      goesAnywhere: true,
      hasQueues: false,
    };
    const within = { ...own, peers: [peer('client', counters, 1500), peer('server', {})] };
    expect(broken(ledgerOf(within))).toEqual([]);
    const lost = {
      ...own,
      peers: [peer('client', { ...counters, 'Tcp.PassiveOpens': 1499 }, 1500), peer('server', {})],
    };
    expect(broken(ledgerOf(lost))).toEqual(['ActiveOpens − AttemptFails (all peers) = PassiveOpens (all peers)']);
    expect(broken(ledgerOf({ ...within, goesAnywhere: false }))).not.toEqual([]);
  });
});

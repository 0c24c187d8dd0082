import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReuseCell, sampleServer } from '../../../test/samples/report.ts';
import type { MeasuredCell, PeerReport } from '../../model/report.ts';
import { recommend } from './recommend.ts';

const actions = (cells: MeasuredCell[]) => recommend(cells).map(({ action }) => action);
const withSetting = (key: string, value: string, over: Partial<MeasuredCell> = {}): MeasuredCell => {
  const sysctls = { requested: { [key]: value }, effective: { ...samplePeer().sysctls.effective, [key]: value } };
  return sampleCell({ peers: { client: samplePeer({ sysctls }), server: sampleServer() }, ...over });
};

describe('recommend', () => {
  it('recommends reuse where the run tried it and it helped, with figures, at the side that opens connections', () => {
    const [, reuse] = recommend([sampleCell(), sampleReuseCell()]);
    expect(reuse?.action).toBe('Set net.ipv4.tcp_tw_reuse=1 on client');
    expect(reuse?.because).toContain('exhausted, after 5.01 s, 1,400 failures, 1,000 connections');
    expect(reuse?.because).toContain('1,890 TIME_WAITs reused');
  });

  it('does not recommend reuse that the run did not try', () => {
    expect(actions([sampleCell()])).toEqual(['Reuse connections (keep-alive, a pool)']);
  });

  it('reports a setting that the negative control refutes as without effect', () => {
    const cells = [sampleCell(), withSetting('net.ipv4.tcp_fin_timeout', '10', { profile: 'fin-timeout-10' })];
    const advice = actions(cells);
    expect(advice).toContain('Leave net.ipv4.tcp_fin_timeout alone: 10 had no effect here');
    expect(advice.some((action) => action.startsWith('Set net.ipv4.tcp_fin_timeout'))).toBe(false);
  });

  it('calls no setting useless that let more through, or that had no time to act', () => {
    const leaves = (over: Partial<MeasuredCell['load']>, [key, value]: [string, string]) => {
      const load = { ...sampleCell().load, ...over };
      return actions([sampleCell(), withSetting(key, value, { profile: 'p', load })]).filter((action) =>
        action.startsWith('Leave'),
      );
    };
    const timeout: [string, string] = ['net.ipv4.tcp_fin_timeout', '10'];
    expect(leaves({ completed: 1100 }, timeout)).toHaveLength(1);
    expect(leaves({ completed: 1101 }, timeout)).toEqual([]);
    const reuse: [string, string] = ['net.ipv4.tcp_tw_reuse', '1'];
    expect(leaves({ durationMs: 2000 }, reuse)).toHaveLength(1);
    expect(leaves({ durationMs: 1999 }, reuse)).toEqual([]);
  });

  it('gives the calls that a witness counted where a program counts none', () => {
    const seen = (count: number) => ({
      load: { ...sampleCell().load, failures: null },
      exhaustion: { ranOut: true, count, evidence: [] },
    });
    const with10 = withSetting('net.ipv4.tcp_fin_timeout', '10', { profile: 'p', ...seen(490) });
    const advice = recommend([sampleCell(seen(500)), with10]).find(({ kind }) => kind === 'leave');
    expect(advice?.inShort).toBe('500 or more failures → 490 or more failures');
  });

  it('does not recommend a small bucket limit: sockets that skip TIME_WAIT are no fix', () => {
    const cells = [
      sampleCell(),
      withSetting('net.ipv4.tcp_max_tw_buckets', '200', { profile: 'small-buckets', verdict: 'overflow' }),
    ];
    expect(actions(cells).some((action) => action.includes('tcp_max_tw_buckets'))).toBe(false);
  });

  it('recommends a wider range to delay exhaustion', () => {
    const phases = { ...sampleCell().phases, timeToExhaustionMs: 20_000 };
    const cells = [
      sampleCell(),
      withSetting('net.ipv4.ip_local_port_range', '1024 65535', { profile: 'wide-range', phases }),
    ];
    expect(actions(cells)).toContain('Set net.ipv4.ip_local_port_range=1024 65535 on client');
  });

  it('recommends keep-alive, with the figure of the keep-alive cell', () => {
    const kept = sampleReuseCell({
      scenario: 'keep-alive',
      load: { ...sampleReuseCell().load, connected: 10, answers: 50_000 },
      peers: { client: samplePeer({ timeWait: { created: 0, recycled: 0, overflowed: 0, peak: 0, live: 0 } }) },
    });
    expect(recommend([sampleCell(), kept])[0]?.because).toContain('keep-alive made 0 for 50,000 answers');
  });

  it('recommends closing connections in CLOSE_WAIT', () => {
    const states = {
      ...samplePeer().states,
      CLOSE_WAIT: { peak: 300, atEnd: 300, mean: 150, source: 'dumps' as const },
    };
    const cell = sampleCell({ verdict: 'leaking', peers: { server: sampleServer({ states }) } });
    expect(recommend([cell])).toContainEqual(
      expect.objectContaining({
        action: 'Close the connections in the program at server',
        because: expect.stringContaining('300'),
      }),
    );
  });

  it('recommends nothing to a client whose server closes first without a failure, however many TIME_WAITs it keeps', () => {
    const timeWait = { created: 43_461, recycled: 0, overflowed: 0, peak: 10_000, live: 10_000 };
    const none = { created: 0, recycled: 0, overflowed: 0, peak: 0, live: 0 };
    const peers = { client: samplePeer({ timeWait: none }), server: sampleServer({ timeWait }) };
    expect(recommend([sampleReuseCell({ peers, closedFirst: { server: 1 } })])).toEqual([]);
  });

  it('recommends closing at the other end only where a variant of the run shows that it helps', () => {
    const none = { created: 0, recycled: 0, overflowed: 0, peak: 0, live: 0 };
    const counters = { 'Tcp.ActiveOpens': 2400, 'Tcp.PassiveOpens': 0 };
    const closes = (timeWait: typeof none) => ({
      client: samplePeer({ timeWait: none, counters }),
      server: sampleServer({ timeWait }),
    });
    const serverFin = (over: Partial<MeasuredCell> = {}) =>
      sampleReuseCell({ variant: 'server', profile: 'tw-reuse-0', peers: closes({ ...none, created: 2400 }), ...over });
    const clientFin = sampleCell({ variant: 'client' });
    const action = 'Let the side that client connects to close first';
    expect(actions([clientFin, serverFin()])).toContain(action);
    expect(actions([clientFin])).not.toContain(action);
    expect(actions([clientFin, serverFin({ verdict: 'overflow' })])).not.toContain(action);
    expect(actions([clientFin, serverFin({ form: 'full' })])).not.toContain(action);
  });

  it('recommends timestamps where their absence turns reuse off, and not to leave reuse alone', () => {
    const settings = (values: Record<string, string>) => ({
      sysctls: { requested: values, effective: { ...samplePeer().sysctls.effective, ...values } },
    });
    const reuse = { 'net.ipv4.tcp_tw_reuse': '1' };
    const peers = {
      client: samplePeer(settings(reuse)),
      server: sampleServer(settings({ 'net.ipv4.tcp_timestamps': '0' })),
    };
    const [advice] = recommend([sampleCell({ profile: 'tw-reuse-1', peers })]);
    expect(advice).toMatchObject({
      kind: 'enable-timestamps',
      action: 'Set net.ipv4.tcp_timestamps=1 on server',
      settings: { server: { 'net.ipv4.tcp_timestamps': '1' } },
    });
  });

  it('recommends the whole range, never the one that the quick form scaled, with its ceiling', () => {
    const range = 'net.ipv4.ip_local_port_range';
    const ranged = (scaled: string, unscaled: string) => ({
      client: samplePeer({
        sysctls: { requested: { [range]: scaled }, effective: { [range]: scaled }, unscaled: { [range]: unscaled } },
      }),
      server: sampleServer(),
    });
    const phases = { ...sampleCell().phases, timeToExhaustionMs: 11_000 };
    const [, advice] = recommend([
      sampleCell({ peers: ranged('32768 33767', '32768 60999') }),
      sampleCell({ profile: 'wide-range', peers: ranged('1024 3309', '1024 65535'), phases }),
    ]);
    expect(advice).toMatchObject({
      kind: 'put-off',
      action: 'Set net.ipv4.ip_local_port_range=1024 65535 on client',
      settings: { client: { [range]: '1024 65535' } },
      because: expect.stringMatching(/quick form.*the ceiling rises from 470.5\/s to 1,075\/s/),
      inShort: 'up to 1,075/s, not 470.5/s',
      costs: ['past half connect() takes about 3.9 ms', 'put service ports in ip_local_reserved_ports'],
    });
    const narrower = sampleCell({ profile: 'p', peers: ranged('1024 3309', '20000 40000'), phases });
    expect(actions([sampleCell({ peers: ranged('32768 33767', '20000 20999') }), narrower])).toHaveLength(1);
  });

  it('recommends the smallest of the changes that help', () => {
    const both = sampleReuseCell({ profile: 'both' });
    const { client, server } = both.peers;
    const range = { 'net.ipv4.ip_local_port_range': '1024 65535' };
    const sysctls = {
      requested: { 'net.ipv4.tcp_tw_reuse': '1', ...range },
      effective: { 'net.ipv4.tcp_tw_reuse': '1', ...range },
    };
    const cells = [
      sampleCell(),
      { ...both, peers: { client: { ...client, sysctls } as PeerReport, server: server as PeerReport } },
      sampleReuseCell(),
    ];
    expect(actions(cells).filter((action) => action.startsWith('Set'))).toEqual([
      'Set net.ipv4.tcp_tw_reuse=1 on client',
    ]);
  });

  it('recommends nothing that one of several repetitions refutes', () => {
    const cells = [sampleCell(), sampleReuseCell(), sampleReuseCell({ repetition: 2, verdict: 'exhausted' })];
    expect(actions(cells).filter((action) => action.startsWith('Set'))).toEqual([]);
  });

  it('never recommends turning reuse off, whatever range comes with it', () => {
    const off = { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.ip_local_port_range': '1024 65535' };
    const wide = sampleReuseCell({
      profile: 'wide-range',
      peers: { client: samplePeer({ sysctls: { requested: off, effective: off } }), server: sampleServer() },
    });
    const reusing = sampleCell({ profile: 'tw-reuse-1', peers: sampleReuseCell().peers });
    expect(actions([reusing, wide]).filter((action) => action.startsWith('Set'))).toEqual([]);
  });

  it('recommends reusing connections where the buckets of a server ran out, as where the ports of a client did', () => {
    const timeWait = { created: 200, recycled: 0, overflowed: 2200, peak: 200, live: 200 };
    const peers = { client: samplePeer(), server: sampleServer({ timeWait }) };
    expect(actions([sampleReuseCell({ verdict: 'overflow', peers })])).toEqual([
      'Reuse connections (keep-alive, a pool)',
    ]);
  });

  it('recommends a higher limit of idle connections, with the readings of the pool', () => {
    const pool = (last: number) => samplePeer({ gauges: { MaxIdleClosed: { first: 48, last, max: last } } });
    const cells = [
      sampleReuseCell({ scenario: 'mysql-pool', variant: 'idle-10', peers: { client: pool(494) } }),
      sampleReuseCell({ scenario: 'mysql-pool', variant: 'idle-50', peers: { client: pool(49) } }),
    ];
    const [advice] = recommend(cells);
    expect(advice?.action).toContain('idle connections');
    expect(advice?.because).toContain('rose from 48 to 494 (idle-10, tw-reuse-1)');
    expect(advice?.because).toContain('it ended at 49');
  });

  it('recommends nothing from a cell whose ledger does not balance, nor where nothing is wrong', () => {
    expect(recommend([sampleCell({ verdict: 'invalid' }), sampleReuseCell()])).toEqual([]);
  });
});

describe('bind() before connect()', () => {
  const cell = (variant: string, connected: number, budget: object) =>
    sampleCell({
      scenario: 'bind',
      variant,
      load: { ...sampleCell().load, connected },
      budget: { ...(sampleCell().budget as NonNullable<MeasuredCell['budget']>), ports: 1000, sources: 1, ...budget },
    });
  const shared = cell('bind', 1000, { destinations: 1, sharedBy: 4, fourTuples: 1000 });
  const free = cell('no-port', 4000, { destinations: 4, fourTuples: 4000 });
  const kinds = (cells: MeasuredCell[]) => recommend(cells).map(({ kind }) => kind);

  it('recommends IP_BIND_ADDRESS_NO_PORT where destinations share the ports of a source', () => {
    const advice = recommend([shared, free]).find(({ kind }) => kind === 'bind-without-port');
    expect(advice?.action).toMatch(/IP_BIND_ADDRESS_NO_PORT before bind\(\) at client/);
    expect(advice?.because).toContain('1,000 connections to 4 destinations through 1,000 ports');
    expect(advice?.because).toContain('4,000 with no-port');
  });

  it('does not advise more destinations instead, which would share the same ports', () => {
    expect(kinds([shared, free])).not.toContain('more-four-tuples');
  });

  it('says nothing of it where connect() chose the ports', () => {
    expect(kinds([free])).not.toContain('bind-without-port');
  });
});

describe('listeners inside the port range', () => {
  const range = '32768 33767';
  const settings = (more: Record<string, string> = {}) => ({
    requested: more,
    effective: { 'net.ipv4.ip_local_port_range': range, ...more },
  });
  const cell = (listening: number[], more: Record<string, string> = {}, over: Partial<MeasuredCell> = {}) =>
    sampleCell({
      peers: { client: samplePeer({ listening, sysctls: settings(more) }), server: sampleServer() },
      ...over,
    });

  it('recommends to reserve the port of a service there, unless it is reserved or outside', () => {
    const reserve = 'Reserve port 33000 on client (net.ipv4.ip_local_reserved_ports)';
    expect(actions([cell([33000, 8080])])).toContain(reserve);
    expect(actions([cell([33000], { 'net.ipv4.ip_local_reserved_ports': '33000' })])).not.toContain(reserve);
    expect(actions([cell([8080])]).some((action) => action.startsWith('Reserve'))).toBe(false);
  });

  it('names it in the advice for a wider range', () => {
    const phases = { ...sampleCell().phases, timeToExhaustionMs: 20_000 };
    const wide = cell([8080], { 'net.ipv4.ip_local_port_range': '1024 65535' }, { profile: 'wide-range', phases });
    const advice = recommend([cell([8080]), wide]).find(({ kind }) => kind === 'put-off');
    expect(advice?.because).toContain('client listens on 8080 in it: reserve that port');
  });

  it('never calls a reservation useless because the ports run out with it, too', () => {
    const reserved = cell([33000], { 'net.ipv4.ip_local_reserved_ports': '33000' }, { profile: 'reserved-ports' });
    expect(actions([cell([33000]), reserved]).some((action) => action.startsWith('Leave'))).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReuseCell, sampleServer } from '../../../test/samples/report.ts';
import type { MeasuredCell } from '../../model/report.ts';
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
    expect(actions([sampleCell()])).toEqual(['Reuse connections: keep-alive, or a pool']);
  });

  it('reports a setting that the negative control refutes as without effect', () => {
    const cells = [sampleCell(), withSetting('net.ipv4.tcp_fin_timeout', '10', { profile: 'fin-timeout-10' })];
    const advice = actions(cells);
    expect(advice).toContain('Leave net.ipv4.tcp_fin_timeout alone: 10 had no effect here');
    expect(advice.some((action) => action.startsWith('Set net.ipv4.tcp_fin_timeout'))).toBe(false);
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
    expect(actions(cells)).toContain('Set net.ipv4.ip_local_port_range=1024 65535 on client to delay exhaustion');
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

  it('does not recommend reuse at a server that closes first', () => {
    const timeWait = { created: 1000, recycled: 0, overflowed: 0, peak: 1000, live: 1000 };
    const cell = sampleReuseCell({ peers: { server: sampleServer({ timeWait }) }, closedFirst: { server: 1 } });
    expect(recommend([cell])[0]?.because).toContain('tcp_tw_reuse acts on connect()');
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

import { describe, expect, it } from 'vitest';
import { type SampleOptions, sampleInput, sampleObservation, worker } from '../../../test/samples/observation.ts';
import { makeObservation } from './make-observation.ts';

const observe = (options: SampleOptions) => makeObservation(sampleInput(options));

describe('an observation', () => {
  it('says which destination runs out, when, who does it and what to do', () => {
    const observation = sampleObservation();
    const [one] = observation.destinations;
    expect(one).toMatchObject({
      ...{ source: '198.18.0.1', address: '198.18.0.2', port: 6379, used: 500, share: 0.5 },
      ...{ openedPerSec: 40, timeWaitPerSec: 40, closesFirst: 'here', verdict: 'inconclusive' },
      processes: [{ ...worker, sockets: 1, isAttributed: true }],
    });
    // 500 ports left at 40 a second, while the oldest TIME_WAIT is 12.5 s old.
    expect(one?.outlook.exhaustedInMs).toBe(12_500);
    expect(observation.headline).toMatch(
      /^198\.18\.0\.1 → 198\.18\.0\.2:6379 uses 50 % of its 1,000 ports and will run out in about 13 s at 40\/s; redis-cli \(pid 812, container 0123456789ab\) closes first/,
    );
    expect(observation.advice.map(({ action }) => action)).toEqual([
      'Reuse connections to 198.18.0.2:6379 (keep-alive, a pool)',
      'Set net.ipv4.tcp_tw_reuse=1 here, the side that connects',
      "Set net.ipv4.ip_local_port_range='1024 65535', reserving the ports of listeners in it",
    ]);
  });

  it('is exhausted where every port is in use, and degraded past half', () => {
    const at = (count: number) =>
      observe({ after: [{ state: 6, count, localPort: 32768, remotePort: 80, everyMs: 40 }] }).verdict;
    expect([at(1000), at(996), at(600), at(400)]).toEqual(['exhausted', 'exhausted', 'degraded', 'inconclusive']);
  });

  it('with reuse old TIME_WAITs do not use ports up; with 2 only over loopback', () => {
    const verdict = (reuse: string) =>
      observe({
        after: [{ state: 6, count: 1000, localPort: 32768, remotePort: 80, everyMs: 40 }],
        settings: { 'net.ipv4.tcp_tw_reuse': reuse },
      }).verdict;
    expect([verdict('0'), verdict('1'), verdict('2')]).toEqual(['exhausted', 'healthy', 'exhausted']);
    const off = { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.tcp_timestamps': '0' };
    const without = observe({ after: [{ state: 6, count: 1000, localPort: 32768, remotePort: 80 }], settings: off });
    expect(without.verdict).toBe('exhausted');
    expect(without.advice.map(({ action }) => action)).toContain('Set net.ipv4.tcp_timestamps=1');
  });

  it('names the process that leaves connections in CLOSE_WAIT', () => {
    const owned = new Map(Array.from({ length: 60 }, (_, i) => [100 + i, worker] as const));
    const observation = observe({
      before: [{ state: 8, count: 20, localPort: 32768, remotePort: 80, inode: 100 }],
      after: [{ state: 8, count: 60, localPort: 32768, remotePort: 80, inode: 100 }],
      owned,
    });
    expect(observation.verdict).toBe('leaking');
    expect(observation.processes).toEqual([
      { ...worker, established: 0, closeWait: 60, newEstablished: 0, newCloseWait: 40, verdict: 'leaking' },
    ]);
    expect(observation.headline).toContain(
      'redis-cli (pid 812, container 0123456789ab) holds 60 connections in CLOSE_WAIT',
    );
  });

  it('a busy program that closes its CLOSE_WAITs a moment later does not leak', () => {
    const owned = new Map(Array.from({ length: 600 }, (_, i) => [100 + i, worker] as const));
    const observation = observe({
      before: [{ state: 8, count: 64, localPort: 32768, remotePort: 80, inode: 100 }],
      after: [{ state: 8, count: 64, localPort: 32768, remotePort: 80, inode: 600 }],
      counters: { 'Tcp.ActiveOpens': 8000 },
      owned,
    });
    expect([observation.verdict, observation.destinations[0]?.closesFirst]).toEqual(['healthy', 'there']);
  });

  it('tells who closes first: the other side, a reset, nobody', () => {
    const closer = (counters: Record<string, number>, after: number) => {
      const one = { state: 1, localPort: 32768, remotePort: 80, inode: 10 };
      const observation = observe({
        before: [{ ...one, count: 1 }],
        after: [{ ...one, count: after, inode: 500 }],
        counters: { 'Tcp.ActiveOpens': 400, ...counters },
      });
      return [observation.destinations[0]?.closesFirst, observation.destinations[0]?.openedPerSec];
    };
    expect(closer({}, 1)).toEqual(['there', 40]);
    expect(closer({ 'TcpExt.TCPAbortOnData': 400 }, 1)).toEqual(['reset', 40]);
    expect(closer({}, 401)).toEqual(['nobody', 40]);
  });

  it('gives the rate by the kernel, divided among destinations as their TIME_WAITs show', () => {
    const { destinations, rates } = observe({
      before: [],
      after: [
        { state: 6, count: 300, localPort: 32768, remotePort: 80, everyMs: 33 },
        { state: 6, count: 100, localPort: 32768, remotePort: 80, host: 3, everyMs: 99 },
      ],
      counters: { 'Tcp.ActiveOpens': 404, 'TcpExt.TW': 404 },
    });
    expect(destinations.map(({ address }) => address)).toEqual(['198.18.0.2', '198.18.0.3']);
    expect(destinations.map(({ openedPerSec }) => Math.round(openedPerSec ?? 0))).toEqual([30, 10]);
    expect(rates).toMatchObject({ opened: 40.4, unattributed: 0 });
  });

  it('TIME_WAITs of accepted connections cost memory and no port; a listener inside the range is named', () => {
    const observation = observe({
      after: [
        { state: 10, count: 1, localPort: 33000, remotePort: 0, inode: 5 },
        { state: 10, count: 1, localPort: 8080, remotePort: 0, inode: 6 },
        { state: 6, count: 900, localPort: 8080, remotePort: 40000 },
      ],
      owned: new Map([[5, worker]]),
    });
    expect(observation.verdict).toBe('healthy');
    expect(observation.destinations).toEqual([]);
    expect(observation.ports).toMatchObject({ inRange: 1000, listening: 1, usable: 999 });
    const [served, inRange] = observation.listeners;
    expect(served).toMatchObject({ port: 8080, timeWaitBytes: 900 * 285, isInRange: false });
    expect(served?.clients).toEqual([{ address: '198.18.0.2', timeWait: 900, open: 0 }]);
    expect(inRange).toMatchObject({ port: 33000, isInRange: true, process: worker });
    expect(observation.advice[0]?.action).toBe('Reserve port 33000 (net.ipv4.ip_local_reserved_ports)');
  });

  it('a reading without any socket is healthy and says so; what was not read is null', () => {
    const observation = observe({ after: [] });
    expect(observation).toMatchObject({ verdict: 'healthy', conntrack: null, destinations: [] });
    expect(observation.headline).toBe('No connection uses a port of the range: nothing can run out.');
    const busy = observe({ after: [], counters: { 'Tcp.ActiveOpens': 2000 } });
    expect(busy.headline).toContain('200/s connections are opened and end within milliseconds; the other side closes');
    expect(busy.rates.unattributed).toBe(200);
  });
});

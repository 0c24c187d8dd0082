import type { CellReport, MeasuredCell, PeerReport, Report } from '../../harness/model/report.ts';

/** Builders of reports for tests: complete and plausible by default; each test changes what it tests. */

export function samplePeer(over: Partial<PeerReport> = {}): PeerReport {
  const none = { peak: 0, atEnd: 0, mean: 0, source: 'dumps' as const };
  return {
    kind: 'client',
    sysctls: {
      requested: { 'net.ipv4.tcp_tw_reuse': '0' },
      effective: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.ip_local_port_range': '32768 33767' },
    },
    states: {
      ESTABLISHED: { peak: 4, atEnd: 0, mean: 2.1, source: 'samples' },
      SYN_SENT: none,
      SYN_RECV: none,
      FIN_WAIT1: none,
      FIN_WAIT2: none,
      TIME_WAIT: { peak: 1000, atEnd: 1000, mean: 612, source: 'samples' },
      CLOSE_WAIT: none,
      LAST_ACK: none,
      CLOSING: none,
      LISTEN: none,
    },
    sampled: { tw: { peak: 1000, atEnd: 1000, mean: 612 }, inUse: { peak: 6, atEnd: 2, mean: 4 }, conntrack: null },
    timeWait: { created: 1000, recycled: 0, overflowed: 0, peak: 1000, live: 1000 },
    conntrack: null,
    counters: { 'Tcp.ActiveOpens': 1000, 'Tcp.PassiveOpens': 0, 'TcpExt.TW': 1000 },
    sampler: { ticks: 120, missed: 0, late: 1, meanCostMs: 0.12, maxCostMs: 0.9 },
    cpu: { main: 0.41 },
    servers: [],
    gauges: {},
    ...over,
  };
}

export function sampleServer(over: Partial<PeerReport> = {}): PeerReport {
  return samplePeer({
    kind: 'server',
    timeWait: { created: 0, recycled: 0, overflowed: 0, peak: 0, live: 0 },
    states: { ...samplePeer().states, TIME_WAIT: { peak: 0, atEnd: 0, mean: 0, source: 'samples' } },
    counters: { 'Tcp.ActiveOpens': 0, 'Tcp.PassiveOpens': 1000, 'TcpExt.TW': 0 },
    servers: [{ server: 'http', version: null, closes: 'waits for the client to close' }],
    ...over,
  });
}

const latency = { count: 1000, mean: 41, p50: 27, p90: 44, p99: 1400, p999: 1800, max: 2100 };

/** short-conn through 1,000 ports without reuse: exhausted after 1,000 connections. */
export function sampleCell(over: Partial<MeasuredCell> = {}): MeasuredCell {
  const cell: MeasuredCell = {
    id: 'short-conn.tw-reuse-0.1',
    scenario: 'short-conn',
    profile: 'tw-reuse-0',
    repetition: 1,
    form: 'quick',
    verdict: 'exhausted',
    peers: { client: samplePeer(), server: sampleServer() },
    load: {
      engine: 'churn',
      engineVersion: null,
      transport: null,
      closePolicy: 'client-fin',
      attempts: 2400,
      connected: 1000,
      completed: 1000,
      answers: 1000,
      inFlight: 0,
      failures: [{ errno: 'EADDRNOTAVAIL', phase: 'connect', count: 1400 }],
      durationMs: 12_000,
      rate: { offered: 200, achieved: 83.3, peak: 200 },
      connectCallUs: latency,
      connectLatencyUs: { ...latency, mean: 90, p50: 80 },
      requestLatencyUs: { ...latency, mean: 210, p50: 190 },
      scheduleLagUs: null,
      blindSpots: [],
    },
    exhaustion: {
      ranOut: true,
      certainty: 'observed',
      witness: 'counts',
      atMs: 5010,
      destination: null,
      count: 1400,
      afterwards: null,
      evidence: [],
    },
    phases: {
      timeToDegradedMs: 2500,
      timeToExhaustionMs: 5010,
      stretches: [
        { phase: 'healthy', fromMs: 0, toMs: 2500, connectCallMeanUs: 27, connectedPerSec: 200 },
        { phase: 'degraded', fromMs: 2500, toMs: 5010, connectCallMeanUs: 95, connectedPerSec: 200 },
        { phase: 'exhausted', fromMs: 5010, toMs: 12_000, connectCallMeanUs: null, connectedPerSec: 0 },
      ],
    },
    budget: {
      ports: 1000,
      destinations: 1,
      sources: 1,
      fourTuples: 1000,
      maxRatePerSec: { predicted: 16.4, measured: null, error: null },
      timeToExhaustionMs: { predicted: 5000, measured: 5010, error: 0.002 },
      timeToDegradedMs: { predicted: 2500, measured: 2500, error: 0 },
      plateau: { predicted: 1000, measured: 1000, error: 0 },
      notes: [],
    },
    ledger: {
      closes: true,
      identities: [
        {
          name: 'ActiveOpens(client) = PassiveOpens(server)',
          left: 1000,
          right: 1000,
          residual: 0,
          tolerance: 0,
          holds: true,
          basis: 'no SYN refused or lost',
        },
      ],
    },
    closedFirst: { client: 1, server: 0 },
    expectations: [
      {
        text: 'ports run out',
        holds: true,
        observed: 'load.failures.EADDRNOTAVAIL = 1,400',
      },
    ],
    evidence: ['1,400 × EADDRNOTAVAIL in connect, first after 5.01 s', '1,000 of 1,000 ports in TIME_WAIT'],
    explanation: ['1 TIME_WAIT per connection, all at the client'],
    setupMs: 210,
    teardownMs: 12,
    disturbances: [],
  };
  return { ...cell, ...over } as MeasuredCell;
}

/** The same load with reuse: healthy at 200/s, sockets recycled. */
export function sampleReuseCell(over: Partial<MeasuredCell> = {}): MeasuredCell {
  const timeWait = { created: 2400, recycled: 1890, overflowed: 0, peak: 510, live: 510 };
  return sampleCell({
    id: 'short-conn.tw-reuse-1.1',
    profile: 'tw-reuse-1',
    verdict: 'healthy',
    peers: {
      client: samplePeer({
        timeWait,
        states: { ...samplePeer().states, TIME_WAIT: { peak: 510, atEnd: 510, mean: 430, source: 'samples' } },
        counters: { 'Tcp.ActiveOpens': 2400, 'Tcp.PassiveOpens': 0, 'TcpExt.TW': 2400, 'TcpExt.TWRecycled': 1890 },
        sysctls: {
          requested: { 'net.ipv4.tcp_tw_reuse': '1' },
          effective: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.ip_local_port_range': '32768 33767' },
        },
      }),
      server: sampleServer({
        counters: { 'Tcp.ActiveOpens': 0, 'Tcp.PassiveOpens': 2400, 'TcpExt.TW': 0 },
        sysctls: {
          requested: { 'net.ipv4.tcp_tw_reuse': '1' },
          effective: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.ip_local_port_range': '32768 33767' },
        },
      }),
    },
    load: {
      ...sampleCell().load,
      attempts: 2400,
      connected: 2400,
      completed: 2400,
      answers: 2400,
      failures: [],
      rate: { offered: 200, achieved: 200, peak: 204 },
      connectCallUs: { ...latency, count: 2400, p99: 46, p999: 120, max: 260 },
    },
    phases: {
      stretches: [{ phase: 'healthy', fromMs: 0, toMs: 12_000, connectCallMeanUs: 28, connectedPerSec: 200 }],
    },
    exhaustion: { ranOut: false, evidence: [] },
    expectations: [{ text: 'reuse keeps it going', holds: true, observed: 'client.timeWait.recycled = 1,890' }],
    evidence: ['2,400 of 2,400 connections', '1,890 TIME_WAITs recycled'],
    ...over,
  });
}

export function sampleSkipped(over: Partial<Extract<CellReport, { verdict: 'skipped' }>> = {}): CellReport {
  return {
    id: 'short-conn.tw-recycle.1',
    scenario: 'short-conn',
    profile: 'tw-recycle',
    repetition: 1,
    form: 'quick',
    verdict: 'skipped',
    reason: 'net.ipv4.tcp_tw_recycle is gone since Linux 4.12',
    ...over,
  };
}

export function sampleReport(over: Partial<Report> = {}): Report {
  return {
    schemaVersion: 2,
    run: {
      id: '20260101T000000-abcd',
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 26_000,
      command: ['short-conn', '--quick', '--profiles', 'tw-reuse-0,tw-reuse-1'],
      gitSha: '0123456789abcdef0123456789abcdef01234567',
      form: 'quick',
      interrupted: false,
    },
    host: {
      kernel: '6.18.5',
      cpu: 'Example CPU @ 2.80GHz',
      cores: 2,
      memoryBytes: 8_589_934_592,
      kernelHz: 250,
      runtime: 'netns',
      privilege: 'root',
      versions: { node: 'v20.20.2', nginx: null },
    },
    cells: [sampleCell(), sampleReuseCell(), sampleSkipped()],
    comparisons: [],
    recommendations: [],
    ...over,
  };
}

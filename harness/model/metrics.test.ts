import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReuseCell, sampleSkipped } from '../../test/samples/report.ts';
import { findMetric, knownNames, metricsOf, readMetric, unknownMetric } from './metrics.ts';

describe('readMetric', () => {
  const cell = sampleCell();
  it.each([
    ['client.timeWait.peak', 1000],
    ['client.timeWait.perConnection', 1],
    ['client.states.TIME_WAIT.mean', 612],
    ['client.counters.Tcp.ActiveOpens', 1000],
    ['client.counters.ActiveOpens', 1000],
    ['load.rate.achieved', 83.3],
    ['load.failures', 1400],
    ['load.failures.EADDRNOTAVAIL', 1400],
    ['load.failures.ECONNRESET', 0],
    ['load.connectCallUs.p999', 1800],
    ['phases.timeToExhaustionMs', 5010],
    ['budget.plateau.error', 0],
    ['budget.fourTuples', 1000],
    ['ledger.closes', true],
    ['closedFirst.client', 1],
    ['verdict', 'exhausted'],
    ['load.blindSpots', 0],
  ])('%s', (name, value) => {
    expect(readMetric(cell, name)).toBe(value);
  });

  it('is null, never 0, for what was not read', () => {
    for (const name of [
      'client.conntrack.timeWaitPeak',
      'phases.recoveryMs',
      'lifetimes.minMs',
      'client.counters.TcpExt.TWKilled',
      'load.scheduleLagUs.p50',
      'client.gauges.pool.max',
      'lb.timeWait.peak',
    ]) {
      expect(readMetric(cell, name), name).toBeNull();
    }
    expect(readMetric(sampleSkipped(), 'load.rate.achieved')).toBeNull();
    expect(readMetric(sampleSkipped(), 'verdict')).toBe('skipped');
  });

  it('sums peers with a count, and is null when one of them is', () => {
    const peers = { client1: samplePeer(), client2: samplePeer(), 'client-lb': samplePeer({ kind: 'client-lb' }) };
    const many = sampleCell({ peers, closedFirst: { client1: 0.25, client2: 0.75 } });
    expect(readMetric(many, 'client.timeWait.peak')).toBe(2000);
    expect(readMetric(many, 'client2.timeWait.peak')).toBe(1000);
    expect(readMetric(many, 'client-lb.timeWait.created')).toBe(1000);
    expect(readMetric(many, 'closedFirst.client')).toBe(1);
    const unread = sampleCell({ peers: { ...peers, client2: samplePeer({ counters: {} }) } });
    expect(readMetric(unread, 'client.counters.ActiveOpens')).toBeNull();
  });

  it('reads gauges whose names have dots', () => {
    const gauges = { 'db.pool.idle': { first: 0, last: 9, max: 12 } };
    expect(
      readMetric(sampleCell({ peers: { client: samplePeer({ gauges }) } }), 'client.gauges.db.pool.idle.max'),
    ).toBe(12);
  });
});

describe('names', () => {
  it('every name that a cell lists is found in the registry and readable', () => {
    for (const name of metricsOf(sampleReuseCell())) {
      expect(findMetric(name), name).not.toBeNull();
      expect(readMetric(sampleReuseCell(), name), name).not.toBeNull();
    }
  });

  it('every known name is a metric', () => {
    const names = knownNames(['client', 'web-1']);
    expect(names.length).toBeGreaterThan(100);
    for (const name of names) expect(findMetric(name), name).not.toBeNull();
  });

  it('suggests the nearest names for an unknown one', () => {
    expect(unknownMetric('client.timeWait.peek')?.hint).toContain('`client.timeWait.peak`');
    expect(unknownMetric('timeWait.peak')?.hint).toContain('`client.timeWait.peak`');
    expect(unknownMetric('load.rate.acheived')?.hint).toContain('`load.rate.achieved`');
    expect(unknownMetric('client.timeWait.peak')).toBeNull();
  });

  it('rejects an errno that no kernel returns, which would always read 0', () => {
    expect(unknownMetric('load.failures.EADDRNOTAVIAL')?.hint).toContain('load.failures.EADDRNOTAVAIL');
    expect(unknownMetric('load.failures.eaddrnotavail')?.hint).toContain('load.failures.EADDRNOTAVAIL');
    expect(unknownMetric('load.failures.EADDRNOTAVAIL')).toBeNull();
    expect(unknownMetric('load.failures.HTTP_503')).toBeNull();
  });

  it("accepts engines' names for failures that are not errnos", () => {
    const given = ['EOF', 'EUNKNOWN', 'HTTP_502', 'ERROR_ANSWER', 'BAD_ANSWER', 'EAI_AGAIN'];
    for (const name of [...given, 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT', 'ERR_SOCKET_CLOSED']) {
      expect(unknownMetric(`load.failures.${name}`), name).toBeNull();
    }
    for (const name of ['HTTP_999', 'NOT_STATED', 'EOFF', 'TIMEOUT', 'eof', 'banana']) {
      expect(unknownMetric(`load.failures.${name}`)?.message, name).toContain(name);
      expect(unknownMetric(`load.failures.${name}`)?.hint, name).toBeTruthy();
    }
    expect(unknownMetric('load.failures.NOT_STARTED')?.hint).toBe('did you mean `load.notStarted`?');
  });

  it('refuses a role that the scenario does not have', () => {
    expect(unknownMetric('cleint.timeWait.peak', ['client', 'server'])?.hint).toContain('`client.timeWait.peak`');
    const roles = ['client', 'client1', 'client2', 'server'];
    for (const role of roles) expect(unknownMetric(`${role}.timeWait.peak`, roles)).toBeNull();
    expect(unknownMetric('client2.timeWait.peak', ['client', 'server'])?.message).toContain('no peer');
    const hop = 'client.hops.to.srever.TIME_WAIT';
    expect(unknownMetric(hop, ['client', 'server'])?.hint).toContain('`client.hops.to.server.TIME_WAIT`');
    expect(unknownMetric('server.hops.from.client1.TIME_WAIT', roles)).toBeNull();
    expect(unknownMetric('closedFirst.lb', ['client', 'server'])).not.toBeNull();
  });
});

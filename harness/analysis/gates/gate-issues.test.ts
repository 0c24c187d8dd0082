import { describe, expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarioNamed } from '../../../scenarios/registry.ts';
import { sampleReport, sampleSkipped } from '../../../test/samples/report.ts';
import type { Gate } from '../../model/gates.ts';
import { plan } from '../../plan/plan.ts';
import { gateIssuesForCells, plannedTargets, reportTargets } from './gate-issues.ts';

function targetsOf(names: string[], profileNames: string[], form: 'quick' | 'full' = 'quick') {
  const result = plan({
    scenarios: names.map(scenarioNamed),
    profiles,
    profileNames,
    repetitions: 1,
    form,
    overrides: { sysctls: {} },
    settable: null,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return plannedTargets(result.cells);
}

const shortConn = targetsOf(['short-conn'], ['tw-reuse-0']);
const both = targetsOf(['short-conn', 'lb-chain'], ['tw-reuse-0']);
const check = (gate: Partial<Gate>, targets = shortConn, counters?: string[]) =>
  gateIssuesForCells([{ holds: 'verdict == healthy', ...gate }], targets, 'g.yml', counters);

describe('gates against the cells that are planned', () => {
  it.each([
    [{ profiles: ['tw-reuse-1'] }, 'g.yml: gates[0].profiles[0]', 'the run has no profile `tw-reuse-1`', 'tw-reuse-0'],
    [{ scenarios: ['short-con'] }, 'g.yml: gates[0].scenarios[0]', 'no scenario `short-con`', 'short-conn'],
    [{ variants: ['x'] }, 'g.yml: gates[0].variants[0]', 'no variant `x`', 'leave variants out'],
    [{ form: 'full' as const }, 'g.yml: gates[0]', 'applies to no cell', 'widen'],
    [{ profiles: [] }, 'g.yml: gates[0]', 'applies to no cell', 'widen'],
    [{ holds: 'clinet.timeWait.peak < 3' }, 'g.yml: gates[0].holds', 'no peer has the role `clinet`', 'client.'],
    [{ holds: 'client2.timeWait.peak < 3' }, 'g.yml: gates[0].holds', 'no peer has the role `client2`', 'client.'],
    [{ holds: 'closedFirst.lb < 1' }, 'g.yml: gates[0].holds', 'no peer has the role `lb`', 'closedFirst.'],
    [{ holds: 'client.hops.to.lb.TIME_WAIT < 1' }, 'g.yml: gates[0].holds', '`lb`', 'hops.to.server'],
    [{ holds: 'client.counters.TcpExt.TWRecyceld > 0' }, 'g.yml: gates[0].holds', 'no counter', 'TcpExt.TWRecycled`'],
    [{ holds: 'client.counters.TWRecyceld > 0' }, 'g.yml: gates[0].holds', 'no counter', 'TcpExt.TWRecycled`'],
    [{ holds: 'client.counters.Tcp.TW > 0' }, 'g.yml: gates[0].holds', 'no counter', 'TcpExt.TW`'],
    [{ holds: 'client.counters.InErrors == 0' }, 'g.yml: gates[0].holds', '3 tables', 'Udp.InErrors'],
    [{ holds: 'load.failures.EADRNOTAVAIL == 0' }, 'g.yml: gates[0].holds', 'EADRNOTAVAIL', 'EADDRNOTAVAIL'],
  ])('%j is refused', (gate, field, message, hint) => {
    const wrong = check(gate);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]?.field).toBe(field);
    expect(wrong[0]?.message).toContain(message);
    expect(wrong[0]?.hint).toContain(hint);
  });

  it.each([
    [{ profiles: ['tw-reuse-0'], scenarios: ['short-conn'], form: 'quick' as const }],
    [{ holds: 'client.counters.TcpExt.TWRecycled == 0 && server.counters.ActiveOpens == 0' }],
    [{ holds: 'client.counters.IcmpMsg.InType3 == 0' }],
    [{ holds: 'client.hops.to.server.TIME_WAIT > 0 && closedFirst.client == 1' }],
    [{ holds: 'load.failures.EOF + load.failures.EUNKNOWN + load.failures.HTTP_502 == 0' }],
    [{ holds: 'load.failures.ERROR_ANSWER == 0 && load.notStarted == 0' }],
  ])('%j is fine', (gate) => {
    expect(check(gate)).toEqual([]);
  });

  it('accept the counters of a newer kernel that this machine has', () => {
    const gate = { holds: 'client.counters.TcpExt.TCPBrandNew == 0' };
    expect(check(gate)).toHaveLength(1);
    expect(check(gate, shortConn, ['TcpExt.TCPBrandNew'])).toEqual([]);
  });

  it('name the scenario that lacks a role, and those that have it', () => {
    const [issue] = check({ holds: 'lb.timeWait.peak < 9' }, both);
    expect(issue?.message).toContain('in short-conn');
    expect(issue?.hint).toContain('scenarios: [lb-chain]');
    expect(check({ holds: 'lb.timeWait.peak < 9', scenarios: ['lb-chain'] }, both)).toEqual([]);
  });

  it("accept the roles of peers with a count, and the scenario's", () => {
    const many = targetsOf(['nat-gateway'], ['tw-reuse-0']);
    const names = many.flatMap((target) => target.roles ?? []);
    for (const role of names) expect(check({ holds: `${role}.timeWait.peak < 3` }, many)).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['client', 'client1', 'client2']));
  });

  it('report every problem of every gate at once', () => {
    const gates = [{ holds: 'verdict == healthy', profiles: ['a', 'b'] }, { holds: 'lb.timeWait.peak < 9' }];
    expect(gateIssuesForCells(gates, shortConn, 'g.yml').map((issue) => issue.field)).toEqual([
      'g.yml: gates[0].profiles[0]',
      'g.yml: gates[0].profiles[1]',
      'g.yml: gates[1].holds',
    ]);
  });
});

describe('gates against the cells of a report', () => {
  it('do not check the roles of a cell that did not run', () => {
    const skipped = reportTargets([sampleSkipped()]);
    expect(check({ holds: 'lb.timeWait.peak < 3' }, skipped)).toEqual([]);
  });

  it('accept the counters that were read', () => {
    const targets = reportTargets(sampleReport().cells).map((target) => ({ ...target, counters: ['TcpExt.Odd'] }));
    expect(check({ holds: 'client.counters.TcpExt.Odd == 0' }, targets)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import type { CellPlan } from '../model/cell.ts';
import type { Profile } from '../model/scenario.ts';
import { type PlanInput, plan } from './plan.ts';

const range = 'net.ipv4.ip_local_port_range';

function cells(sysctls: Profile['sysctls'], changes: Partial<PlanInput> = {}): CellPlan[] {
  const result = plan({
    scenarios: [scenarioNamed('short-conn')],
    profiles,
    profileNames: ['tw-reuse-0'],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls },
    settable: null,
    ...changes,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.cells;
}

const peer = (cell: CellPlan | undefined, role: string) => cell?.peers.find((one) => one.role === role);

describe('the quick form', () => {
  it("scales a range of the command line by the factor of a profile's, and says so", () => {
    const [own] = cells({ client: { [range]: '1024 65000' } });
    const [profiled] = cells({}, { profileNames: ['wide-range'] });
    expect(peer(own, 'client')?.sysctls[range]).toBe('1024 3289');
    expect(peer(own, 'client')?.unscaled).toEqual({ [range]: '1024 65000' });
    expect(own?.notes).toContainEqual(expect.stringContaining('scaled from 1024 65000'));
    expect(peer(profiled, 'client')?.unscaled).toEqual({ [range]: '1024 65535' });
    expect(profiled?.notes).toBeUndefined();
    expect(peer(cells({})[0], 'client')?.unscaled).toEqual({ [range]: '32768 60999' });
  });

  it('leaves a small range, and other peers, as requested', () => {
    const [cell] = cells({ all: { [range]: '2000 2099' }, server: { [range]: '1024 65000' } });
    expect(peer(cell, 'client')).toMatchObject({ sysctls: { [range]: '2000 2099' } });
    expect(peer(cell, 'client')?.unscaled).toBeUndefined();
    expect(peer(cell, 'server')?.sysctls[range]).toBe('1024 65000');
  });

  it('is left out of the full form', () => {
    const [cell] = cells({ client: { [range]: '1024 65000' } }, { form: 'full' });
    expect(peer(cell, 'client')).toMatchObject({ sysctls: { [range]: '1024 65000' } });
    expect(cell?.notes).toBeUndefined();
  });

  it('says which settings of the command line it does not scale', () => {
    const [cell] = cells({ all: { 'net.ipv4.ip_local_reserved_ports': '40000-50000' } });
    expect(cell?.notes).toContainEqual(expect.stringContaining('ip_local_reserved_ports is not'));
    const [cleared] = cells({ all: { 'net.ipv4.ip_local_reserved_ports': '' } });
    expect(cleared?.notes).toBeUndefined();
  });
});

describe('settings of the command line', () => {
  it("in place of a profile's own are shown with the cell", () => {
    const fin = 'net.ipv4.tcp_fin_timeout';
    const scenarios = [scenarioNamed('half-measures')];
    const profileNames = ['tw-reuse-0', 'fin-timeout-10'];
    const [without, replaced] = cells({ client: { [fin]: '15' } }, { scenarios, profileNames });
    expect(without?.overrides).toBeUndefined();
    expect(replaced?.overrides).toEqual([`client:${fin}=15`]);
    const [, everywhere] = cells({ all: { [fin]: '15' } }, { scenarios, profileNames });
    expect(everywhere?.overrides).toEqual([`${fin}=15`]);
    const [, same] = cells({ all: { [fin]: '10' } }, { scenarios, profileNames });
    expect(same?.overrides).toBeUndefined();
  });

  it('put the first unprivileged port before the range: the kernel refuses the range otherwise', () => {
    const [cell] = cells({ client: { [range]: '500 600', 'net.ipv4.ip_unprivileged_port_start': '500' } });
    expect(Object.keys(peer(cell, 'client')?.sysctls ?? {})[0]).toBe('net.ipv4.ip_unprivileged_port_start');
  });
});

describe('a key that this kernel cannot set', () => {
  const settable = new Set([range, 'net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_fin_timeout', 'net.core.somaxconn']);

  it('of a copied block skips the cell, and says which line and why, and that the others are fine', () => {
    const block = { 'net.ipv4.tcp_fin_timeout': '15', 'net.core.somaxconn': '1024', 'net.ipv4.tcp_tw_recycle': '1' };
    const [cell] = cells({ all: block }, { settable });
    expect(cell?.skip?.reason).toContain('--sysctl net.ipv4.tcp_tw_recycle=1: ');
    expect(cell?.skip?.reason).toContain('removed in Linux 4.12');
    expect(cell?.skip?.reason).not.toContain('somaxconn');
    expect(cell?.skip?.hint).toBe('leave net.ipv4.tcp_tw_recycle out; the other 2 settings can be set here');
  });

  it("is not blamed on a profile that has a reason for another key's absence", () => {
    const [cell] = cells(
      { client: { 'net.ipv4.vs.conn_reuse_mode': '0' } },
      { settable, profileNames: ['reuse-delay-100ms'] },
    );
    expect(cell?.skip?.reason).toContain('--sysctl client:net.ipv4.vs.conn_reuse_mode=0');
    expect(cell?.skip?.reason).toContain('6.14');
  });
});

describe('tcp_tw_reuse=1 without timestamps', () => {
  const reuse = 'net.ipv4.tcp_tw_reuse';
  const timestamps = 'net.ipv4.tcp_timestamps';

  it.each([
    ['on one peer', { client: { [reuse]: '1', [timestamps]: '0' } }, 'on client has no effect', '=0 on client,'],
    ['across peers', { client: { [reuse]: '1' }, server: { [timestamps]: '0' } }, 'on client', '=0 on server,'],
    ['everywhere', { all: { [reuse]: '1', [timestamps]: '0' } }, 'on client', '=0 on client, server,'],
  ])('%s is said, not refused', (_, sysctls, who, whose) => {
    const [cell] = cells(sysctls as Profile['sysctls'], { profileNames: ['baseline'] });
    const said = cell?.notes?.filter((note) => note.includes('has no effect'));
    expect(said).toHaveLength(1);
    expect(said?.[0]).toContain(who);
    expect(said?.[0]).toContain(whose);
  });

  it.each([
    [{ client: { [reuse]: '1' } }],
    [{ server: { [reuse]: '1', [timestamps]: '0' } }],
    [{ client: { [reuse]: '0', [timestamps]: '0' } }],
  ])('is not where reuse and timestamps are as they should be: %j', (sysctls) => {
    expect(cells(sysctls as Profile['sysctls'], { profileNames: ['baseline'] })[0]?.notes ?? []).not.toContainEqual(
      expect.stringContaining('no effect'),
    );
  });
});

describe('other settings without effect', () => {
  const reuse = 'net.ipv4.tcp_tw_reuse';
  const delay = 'net.ipv4.tcp_tw_reuse_delay';
  const notes = (name: string, sysctls: Profile['sysctls']) => {
    const scenarios = [scenarioNamed(name)];
    const planned = cells(sysctls, { scenarios, profileNames: ['baseline'], form: 'full' });
    return Object.fromEntries(
      planned.map((cell) => [cell.variant ?? '', (cell.notes ?? []).filter((note) => note.includes('no effect'))]),
    );
  };

  it('reuse, where bind(2) chooses the port', () => {
    const said = notes('more-destinations', { client: { [reuse]: '1' } });
    expect(said['sources-2']).toEqual([
      'net.ipv4.tcp_tw_reuse=1 on client has no effect: bind(2) chooses the port and never reuses a TIME_WAIT',
    ]);
    expect(said['ports-2']).toEqual([]);
  });

  it('reuse of 2, on any but loopback addresses', () => {
    const text = 'net.ipv4.tcp_tw_reuse=2 on host has no effect: it acts on loopback addresses';
    const said = notes('loopback-reuse', { host: { [reuse]: '2' } });
    expect(said).toEqual({ loopback: [], 'own-address': [expect.stringContaining(text)] });
    const off = notes('loopback-reuse', { host: { [reuse]: '2', 'net.ipv4.tcp_timestamps': '0' } });
    expect(off.loopback).toEqual([expect.stringContaining('net.ipv4.tcp_timestamps=0 on host')]);
    expect(notes('loopback-reuse', { host: { [delay]: '100' } })).toMatchObject({
      loopback: [],
      'own-address': [expect.stringContaining(`${delay}=100 on host has no effect`)],
    });
  });

  it('a reuse delay without reuse', () => {
    expect(notes('short-conn', { client: { [delay]: '100' } })['']).toEqual([
      'net.ipv4.tcp_tw_reuse_delay=100 on client has no effect: net.ipv4.tcp_tw_reuse is not 1 there',
    ]);
    expect(notes('short-conn', { client: { [delay]: '100', [reuse]: '1' } })['']).toEqual([]);
  });
});

it('refuses settings of scenarios and profiles that cannot be right, with the field', () => {
  const scenario = structuredClone(scenarioNamed('short-conn'));
  (scenario.peers.client as { sysctls: object }).sysctls = { 'net.ipv4.tcp_tw_resue': '1' };
  const mine: Profile = { name: 'mine', title: '', sysctls: { server: { 'net.ipv4.tcp_syncookies': '9' } } };
  const result = plan({
    scenarios: [scenario],
    profiles: [...profiles, mine],
    profileNames: ['mine'],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls: {} },
    settable: null,
  });
  expect(result.ok ? [] : result.issues.map((issue) => issue.field)).toEqual([
    'profiles.mine.sysctls.server.net.ipv4.tcp_syncookies',
    'scenarios.short-conn.peers.client.sysctls.net.ipv4.tcp_tw_resue',
  ]);
});
